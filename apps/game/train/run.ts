/**
 * One training run of this page: its Worker, its curve, its checkpoints in storage. It lives as long
 * as the page, whichever panel is open; in storage it outlives the page.
 */
import { Store } from '../app/store.ts';
import { storageWords } from '../storage/failure.ts';
import type { Library } from '../storage/library.ts';
import type { Recording, RunInputs, RunRow } from '../storage/run-rows.ts';
import * as storage from '../storage/runs.ts';
import { thinned } from './curve-points.ts';
import { claim, isHeld, whenFree } from './lock.ts';
import type { News } from './protocol.ts';
import {
  type Checkpoint,
  RunCheckpoints,
  UnreadableError,
  withProgress,
} from './run-checkpoints.ts';
import { isActive, isHere, plain, type RunView, viewOf, wordsOfKept } from './run-view.ts';
import { givenOf, RunWorker } from './run-worker.ts';

type CheckpointNews = Extract<News, { type: 'checkpoint' }>;

/** Lost devices since the last checkpoint, after which it is over. */
const LOSSES_MAX = 2;

export class Run {
  readonly id: number;
  readonly view: Store<RunView>;
  /** Threads that it uses, or will when its turn comes. */
  threads = 1;
  readonly #library: Library;
  readonly #onRest: () => void;
  readonly #worker = new RunWorker({
    onNews: (news) => this.#hear(news),
    onFailure: (words) => this.#fail(words),
  });
  #release: (() => void) | null = null;
  readonly #checkpoints: RunCheckpoints;
  /** What it was given, where it never was in storage. */
  readonly #unkeptInputs: RunInputs;
  /** When the checkpoint was made whose curve, recordings and league the view has. */
  #shownAt: number | null = null;
  #losses = 0;
  #stopping = false;
  /** Of the latest beginning: an older one that still waits for storage has nothing to begin any more. */
  #ticket = 0;

  constructor(row: RunRow, o: { library: Library; inputs: RunInputs; onRest: () => void }) {
    this.id = row.id;
    this.#unkeptInputs = o.inputs;
    this.view = new Store(viewOf(row));
    this.#library = o.library;
    this.#checkpoints = new RunCheckpoints(o.library.database, row.id);
    this.#onRest = o.onRest;
  }

  /** What is in storage beside the row. */
  async load(): Promise<void> {
    const { savedAt } = this.view.value.row;
    try {
      const progress = await storage.readProgress(this.#library.database, this.id);
      const { row } = this.view.value;
      if (row.savedAt === this.#shownAt || this.#checkpoints.isAheadOf(row)) return;
      this.view.set(progress);
      this.#shownAt = savedAt;
    } catch (error) {
      this.view.set({ problem: storageWords(error, 'the curve of this run') });
    }
  }

  /** Storage has another row than before, of this tab or of another. */
  async follow(stored: RunRow): Promise<void> {
    const here = this.view.value.row;
    const row = this.#checkpoints.isAheadOf(stored) ? withProgress(stored, here) : stored;
    if (this.#release || JSON.stringify(row) === JSON.stringify(here)) return;
    this.view.set({ row, steps: row.steps, seconds: row.seconds });
    if (row.savedAt !== here.savedAt) await this.load();
  }

  /** True: another tab trains it; `onFree` is called when that tab lets go of it. */
  async isElsewhere(onFree: () => void): Promise<boolean> {
    if (!(await isHeld(this.id)) || isHere(this.view.value)) return false;
    if (this.view.value.activity === 'elsewhere') return true;
    this.view.set({ activity: 'elsewhere' });
    void this.#waitUntilFree(onFree);
    return true;
  }

  async #waitUntilFree(onFree: () => void): Promise<void> {
    await whenFree(this.id).catch(() => undefined);
    const row = await storage.readRun(this.#library.database, this.id).catch(() => null);
    if (row) await this.follow(row);
    await this.load(); // what `follow` began to read before is whole now
    this.view.set({ activity: 'resting' });
    onFree();
  }

  /** Waits for its turn. False: another tab has it, or it is under way already. */
  async queue(): Promise<boolean> {
    if (isActive(this.view.value)) return false;
    const mine = ++this.#ticket;
    this.view.set({ activity: 'queued' }); // before the first wait: nothing else begins beside it
    try {
      await this.#claim(mine);
      await this.#refresh(mine);
    } catch (error) {
      if (mine !== this.#ticket) return false;
      this.#rest();
      this.view.set({ problem: `The run does not go on: ${plain((error as Error).message)}.` });
      return false;
    }
    if (mine !== this.#ticket) return false; // it rests again
    this.#losses = 0;
    this.view.set({ problem: null, offer: null });
    this.change({ wish: 'go', outcome: 'none', reason: null });
    return true;
  }

  /** Takes it for this tab, unless something newer began meanwhile. Throws where another has it. */
  async #claim(mine: number): Promise<void> {
    const release = await claim(this.id);
    if (mine !== this.#ticket) return release?.();
    if (!release) throw new Error('another tab of this browser trains this run');
    this.#release = release;
  }

  /** Another tab may have trained on since this one read the run, or the first reading is not done. */
  async #refresh(mine: number): Promise<void> {
    const { database } = this.#library;
    const stored = await storage.readRun(database, this.id).catch(() => null);
    const row = stored ?? this.view.value.row;
    if (row.savedAt === this.#shownAt || this.#checkpoints.isAheadOf(row)) return;
    // Without its curve it must not go on: the next checkpoint would write over it.
    const progress = await storage.readProgress(database, this.id);
    if (mine !== this.#ticket) return;
    this.view.set({ row, steps: row.steps, seconds: row.seconds, ...progress });
    this.#shownAt = row.savedAt;
  }

  /** Its turn has come. */
  async begin(target: 'auto' | 'webgpu' | 'wasm'): Promise<void> {
    const mine = ++this.#ticket;
    this.view.set({ activity: 'starting' });
    this.change({ vainStarts: this.view.value.row.vainStarts + 1 });
    try {
      const kept = await this.latest();
      const given = await this.#given(kept);
      if (mine !== this.#ticket) return; // stopped meanwhile
      const { seconds, steps } = kept ?? { seconds: 0, steps: 0 };
      const points = this.view.value.points.filter((point) => point.seconds <= seconds);
      this.view.set({ points, steps, seconds });
      const here = { target, threadCount: this.threads, takesVersion: false };
      this.#worker.begin({ type: 'begin', ...given, ...here });
    } catch (error) {
      if (mine !== this.#ticket) return;
      const { message } = error as Error;
      return error instanceof UnreadableError ? this.#refuse(message) : this.#fail(message);
    }
  }

  /** Keeps what it can do now as a version: the Worker's, or that of its latest checkpoint. */
  async takeVersion(): Promise<void> {
    const { activity, isTaking } = this.view.value;
    if (isTaking || (activity !== 'running' && activity !== 'resting')) return;
    this.view.set({ isTaking: true, problem: null });
    if (activity === 'running') {
      this.#worker.tell({ type: 'take-version' });
      return;
    }
    const mine = ++this.#ticket;
    this.view.set({ activity: 'taking' }); // before the first wait: nothing else begins beside it
    try {
      await this.#claim(mine);
      if (mine !== this.#ticket) return;
      const kept = await this.latest();
      if (!kept) throw new Error('there is no checkpoint of it');
      const given = await this.#given(kept);
      if (mine !== this.#ticket) return;
      const here = { target: 'wasm' as const, threadCount: 1, takesVersion: true };
      this.#worker.begin({ type: 'begin', ...given, ...here });
    } catch (error) {
      if (mine !== this.#ticket) return;
      this.view.set({ problem: `No version was kept: ${plain((error as Error).message)}.` });
      this.#taken();
    }
  }

  /** What a Worker is given that goes on from this checkpoint. */
  async #given(kept: Checkpoint | null) {
    const { row } = this.view.value;
    return givenOf(this.#library.database, { row, kept, inputs: await this.inputs() });
  }

  #taken(): void {
    this.view.set({ isTaking: false });
    if (this.view.value.activity === 'taking') this.#rest();
  }

  /** Its latest checkpoint, whether storage has it or only this page. Throws in words. */
  latest(): Promise<Checkpoint | null> {
    return this.#checkpoints.latest();
  }

  /** What it was given when it was set up. */
  async inputs(): Promise<RunInputs> {
    if (this.id < 0) return this.#unkeptInputs;
    return storage.readInputs(this.#library.database, this.id);
  }

  #hear(news: News): void {
    switch (news.type) {
      case 'opened':
        return this.view.set({
          activity: this.view.value.activity === 'starting' ? 'running' : this.view.value.activity,
          device: news.device,
          worldCount: news.worldCount,
        });
      case 'points': {
        const last = news.points.at(-1)!;
        const { stepsPerSecond, memoryBytes, league } = news;
        return this.view.set({
          league,
          points: thinned([...this.view.value.points, ...news.points]),
          steps: last.steps,
          seconds: last.seconds,
          stepsPerSecond,
          memoryBytes,
        });
      }
      case 'checkpoint':
        return void this.#save(news);
      case 'recorded':
        return this.#show(news.recording);
      case 'version':
        this.#note({ history: news.history });
        return this.#taken();
      case 'no-version':
        this.view.set({ problem: `No version was kept: ${news.message}` });
        return this.#taken();
      case 'failed':
        return void this.#hearFailure(news);
      default:
        throw new Error(`unreachable: ${String(news satisfies never)}`);
    }
  }

  #show(recording: Recording): void {
    const kept = this.view.value.recordings;
    const dropped = new Set(storage.superfluous(kept.map((_, i) => i)));
    this.view.set({ recordings: [...kept.filter((_, i) => !dropped.has(i)), recording] });
  }

  async #save(news: CheckpointNews): Promise<void> {
    const { bytes, policy, tensors, steps, seconds, matches, recording, league, ending } = news;
    const mine = this.#ticket;
    this.#losses = 0;
    if (recording) this.#show(recording);
    const before = this.view.value.row.savedAt ?? 0;
    const savedAt = Math.max(Date.now(), before + 1); // a clock that is set back makes nothing older
    const row = ending === 'more' ? {} : this.#ending(ending);
    this.#note({ ...row, steps, seconds, savedAt, vainStarts: 0 });
    this.#shownAt = savedAt;
    const points = [...this.view.value.points];
    const kept = { bytes, policy, tensors, steps, seconds, savedAt, matches };
    try {
      await this.#checkpoints.save(kept, { points, league, recording, row });
    } catch (error) {
      const words = storageWords(error, 'the latest checkpoint of this run');
      this.view.set({ problem: `${words} Until it is closed this page has it, to be exported.` });
      // Else it would go on by itself from the checkpoint before; that this fails is said already.
      if (ending !== 'more') await this.#write({ wish: 'rest' }).catch(() => undefined);
    }
    // Other tabs may read it as soon as this one rests.
    if (ending !== 'more' && mine === this.#ticket) this.#rest();
  }

  #ending(ending: 'paused' | 'finished'): Partial<RunRow> {
    const outcome = ending === 'finished' ? 'finished' : this.#stopping ? 'stopped' : 'none';
    return { outcome, wish: 'rest', reason: null };
  }

  async #hearFailure({ reason, message }: Extract<News, { type: 'failed' }>): Promise<void> {
    const words = plain(message);
    const { activity, row } = this.view.value;
    if (activity === 'taking') {
      this.view.set({ problem: `No version was kept: ${words}.` });
      return this.#taken();
    }
    if (reason === 'refused') return this.#refuse(`The latest checkpoint is refused: ${words}.`);
    if (reason === 'other') return this.#fail(words);
    const kept = `its checkpoint at step ${row.steps.toLocaleString()}`;
    const at = row.savedAt === null ? 'its beginning' : kept;
    if (activity === 'pausing') {
      this.view.set({ problem: `The device was lost (${words}). The run is as of ${at}.` });
      return this.breakOff();
    }
    if (this.#losses++ >= LOSSES_MAX) return this.#fail(words);
    this.#worker.end();
    this.view.set({ problem: `The device was lost (${words}). The run went on from ${at}.` });
    await this.begin(this.#losses > 1 ? 'wasm' : 'auto');
    if (this.view.value.isTaking) this.#worker.tell({ type: 'take-version' }); // the lost one was told
  }

  /** It cannot go on from its latest checkpoint: offers the one before it, and begins nothing. */
  async #refuse(words: string): Promise<void> {
    const mine = this.#ticket;
    const before = await this.#checkpoints.before();
    if (mine !== this.#ticket) return;
    this.#rest();
    const offer = before ? { steps: before.steps, seconds: before.seconds } : null;
    const cure = offer
      ? `The one before it, at step ${offer.steps.toLocaleString()}, is kept too.`
      : 'There is none before it: start a new run; kept players are not touched.';
    this.view.set({ problem: `${words} ${cure}`, offer });
    this.change({ wish: 'rest', vainStarts: 0 }); // it did not break off
  }

  /** Goes on from the checkpoint before the refused one. */
  async goBack(): Promise<void> {
    await this.#checkpoints.goBack();
    const row = await storage.readRun(this.#library.database, this.id);
    if (row) this.view.set({ row, steps: row.steps, seconds: row.seconds, offer: null });
    await this.load();
  }

  /** Asks for an episode of the policy as it is now; it comes into `recordings`. */
  record(): void {
    this.#worker.tell({ type: 'record' });
  }

  pause(): void {
    const { activity } = this.view.value;
    if (activity === 'running') {
      this.view.set({ activity: 'pausing' });
      this.#worker.tell({ type: 'pause' });
    } else if (activity === 'queued' || activity === 'starting') {
      this.change({ wish: 'rest' });
      this.#rest();
    }
  }

  /** Ends the run where it is, as if its goal were reached. */
  stop(): void {
    this.#stopping = true;
    if (this.view.value.activity === 'running') return this.pause();
    this.#rest();
    this.change({ wish: 'rest', outcome: 'stopped' });
  }

  /** Does not wait for the iteration under way: the run is as of its latest checkpoint. */
  breakOff(): void {
    const { steps, seconds } = this.view.value.row;
    const points = this.view.value.points.filter((point) => point.seconds <= seconds);
    const outcome = this.#stopping ? 'stopped' : 'none';
    this.view.set({ points, steps, seconds });
    this.#rest();
    this.change({ wish: 'rest', outcome });
  }

  #rest(): void {
    this.end();
    this.view.set({ activity: 'resting', isTaking: false, stepsPerSecond: null });
    this.#onRest();
  }

  /** Lets go of Worker and lock, whatever is under way. */
  end(): void {
    this.#ticket++;
    this.#worker.end();
    this.#release?.();
    this.#release = null;
    this.#stopping = false;
  }

  #fail(words: string): void {
    const { row } = this.view.value;
    const kept = wordsOfKept(row, this.#checkpoints.isOnlyHere);
    this.change({ outcome: 'failed', reason: `${plain(words)}. ${kept}`, wish: 'rest' });
    this.#rest();
  }

  /** Changes the row, here and in storage. */
  change(part: Partial<RunRow>): void {
    this.#note(part);
    this.#write(part).catch((error: unknown) => {
      this.view.set({ problem: storageWords(error, 'the change of this run') });
    });
  }

  async #write(part: Partial<RunRow>): Promise<void> {
    if (this.id > 0) await this.#library.database.runs.update(this.id, part);
  }

  #note(part: Partial<RunRow>): void {
    this.view.set({ row: { ...this.view.value.row, ...part } });
  }
}

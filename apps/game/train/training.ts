/**
 * The training run of this page: its Worker, its curve, its checkpoints in storage. It lives as long
 * as the page, whichever panel is open; in storage it outlives the page.
 */
import type { GenerationReport } from '@dreampitch/learning';
import { decodeCheckpoint, playerOf } from '@dreampitch/learning';
import { Store } from '../app/store.ts';
import type { CheckpointRow, CurvePoint } from '../storage/database.ts';
import { storageWords } from '../storage/failure.ts';
import type { Library } from '../storage/library.ts';
import { keepPlayer } from '../storage/players.ts';
import { thinned } from './curve-points.ts';
import type { News, Order } from './protocol.ts';

export type TrainingState =
  | 'looking' // for a checkpoint
  | 'idle'
  | 'elsewhere' // another tab trains
  | 'starting'
  | 'running'
  | 'pausing' // or stopping: the last generation is under way
  | 'paused' // a checkpoint is there; no Worker
  | 'done'; // the time set is over, or it was stopped

export type TrainingView = {
  readonly state: TrainingState;
  readonly robotsPerTeam: 1 | 2 | 3;
  readonly goalSeconds: number;
  readonly secondsDone: number;
  readonly device: string | null;
  readonly worldCount: number;
  readonly report: GenerationReport | null;
  readonly curve: readonly CurvePoint[];
  readonly generation: number;
  readonly problem: string | null;
  /** When the stored checkpoint was written; null: none. */
  readonly savedAt: number | null;
  /** The run was found in storage, not started in this visit. */
  readonly found: boolean;
};

const IDLE: TrainingView = {
  state: 'looking',
  robotsPerTeam: 1,
  goalSeconds: 180,
  secondsDone: 0,
  device: null,
  worldCount: 0,
  report: null,
  curve: [],
  generation: 0,
  problem: null,
  savedAt: null,
  found: false,
};

const LOCK = 'dreampitch-training';

async function isHeld(): Promise<boolean> {
  const locks = await (navigator.locks as LockManager | undefined)?.query().catch(() => null);
  return locks?.held?.some((lock) => lock.name === LOCK) === true;
}

/** What was stored is not trusted to be what was written. Throws in words; null: nothing there. */
function checkedRow(row: CheckpointRow | undefined): CheckpointRow | null {
  if (row === undefined) return null;
  const { bytes, goal, curve, robotsPerTeam } = row as Partial<CheckpointRow>;
  const whole =
    bytes instanceof Uint8Array &&
    Number.isFinite(goal?.minutes) &&
    Number.isFinite(goal?.secondsDone) &&
    Array.isArray(curve) &&
    [1, 2, 3].includes(robotsPerTeam ?? 0);
  if (!whole) throw new Error('its entry is damaged');
  const decoded = decodeCheckpoint(bytes);
  if (!decoded.ok) throw new Error(decoded.message);
  return row;
}

export type StartOptions = {
  robotsPerTeam: 1 | 2 | 3;
  minutes: number;
  /** A kept player to start from; null: from nothing. */
  playerId: number | null;
};

export class Training {
  readonly view = new Store<TrainingView>(IDLE);
  readonly #library: Library;
  #worker: Worker | null = null;
  #checkpoint: Uint8Array<ArrayBuffer> | null = null;
  #release: (() => void) | null = null;

  constructor(library: Library) {
    this.#library = library;
    void this.#look();
  }

  /** A run of an earlier visit waits in storage, or another tab trains one now. */
  async #look(): Promise<void> {
    await this.#read();
    if (!(await isHeld())) return;
    this.view.set({ state: 'elsewhere' });
    // Granted when that tab pauses or is closed: then its checkpoint is the one to show.
    void navigator.locks.request(LOCK, () => this.#read());
  }

  /** Takes over what storage has; never throws. True: a run is there. */
  async #read(): Promise<boolean> {
    this.#checkpoint = null;
    try {
      const row = checkedRow(await this.#stored());
      if (!row) {
        this.view.set({ ...IDLE, state: 'idle' });
        return false;
      }
      this.#checkpoint = row.bytes;
      const goalSeconds = row.goal.minutes * 60;
      this.view.set({
        state: row.goal.secondsDone >= goalSeconds ? 'done' : 'paused',
        robotsPerTeam: row.robotsPerTeam,
        goalSeconds,
        secondsDone: row.goal.secondsDone,
        curve: row.curve,
        generation: row.generation,
        savedAt: row.savedAt,
        found: true,
      });
      return true;
    } catch (error) {
      const reason = (error as Error).message.replace(/\.$/, '');
      const problem =
        `A stored training run cannot be read (${reason}). ` +
        'Start a new one; kept players are not touched.';
      this.view.set({ ...IDLE, state: 'idle', problem });
      return false;
    }
  }

  async start(options: StartOptions): Promise<void> {
    const { robotsPerTeam, minutes, playerId } = options;
    if (!(await this.#claim())) return;
    if (await this.#read()) {
      this.#end();
      const problem = 'Another tab began this run meanwhile. Go on with it, or discard it first.';
      return this.view.set({ problem });
    }
    this.view.set({ ...IDLE, state: 'starting', robotsPerTeam, goalSeconds: minutes * 60 });
    try {
      const row = playerId === null ? null : await this.#library.database.players.get(playerId);
      if (playerId !== null && !row) throw new Error('That player is not kept any more.');
      if (this.view.value.state !== 'starting') return; // stopped meanwhile
      const seed = crypto.getRandomValues(new Uint32Array(1))[0]!;
      this.#run({ type: 'start', robotsPerTeam, seed, player: row?.bytes ?? null });
    } catch (error) {
      this.#fail((error as Error).message);
    }
  }

  async resume(moreMinutes = 0): Promise<void> {
    if (this.#worker || !(await this.#claim())) return;
    await this.#refresh();
    const checkpoint = this.#checkpoint;
    if (!checkpoint) return this.#end();
    const { robotsPerTeam, goalSeconds } = this.view.value;
    this.view.set({
      state: 'starting',
      goalSeconds: goalSeconds + moreMinutes * 60,
      problem: null,
      found: false,
    });
    // A copy: the page keeps its own in case the Worker dies.
    this.#run({ type: 'resume', robotsPerTeam, checkpoint: checkpoint.slice() });
  }

  pause(): void {
    if (!this.#worker) return;
    this.view.set({ state: 'pausing' });
    this.#worker.postMessage({ type: 'pause' } satisfies Order);
  }

  /** Ends the run where it is, as if its time were over: its player can be kept. */
  stop(): void {
    const { secondsDone, state } = this.view.value;
    if (state === 'starting') {
      this.#end();
      return this.view.set(this.#checkpoint ? { state: 'paused' } : { ...IDLE, state: 'idle' });
    }
    this.view.set({ goalSeconds: Math.max(1, secondsDone) });
    if (this.#worker) this.pause();
    else this.view.set({ state: 'done' });
  }

  /** Ends the run and forgets it. Kept players stay. */
  async discard(): Promise<void> {
    this.#end();
    this.#checkpoint = null;
    this.view.set({ ...IDLE, state: 'idle' });
    await this.#library.database.checkpoints.delete('current').catch(() => undefined);
  }

  /** Keeps the player as the latest checkpoint has it; gives its id. Throws in words. */
  async keep(name: string): Promise<number> {
    if (!this.#worker) await this.#refresh();
    if (!this.#checkpoint) throw new Error('There is no player yet; train for a few seconds.');
    const decoded = decodeCheckpoint(this.#checkpoint);
    if (!decoded.ok) throw new Error(decoded.message);
    try {
      const player = playerOf(decoded.checkpoint, name);
      return await keepPlayer(this.#library.database, player, Date.now());
    } catch (error) {
      throw new Error(storageWords(error, 'the player'), { cause: error });
    }
  }

  /** Without storage there is no run to find. */
  #stored(): Promise<CheckpointRow | undefined> {
    return this.#library.database.checkpoints.get('current').catch(() => undefined);
  }

  /** Another tab may have trained on since this one read the run. */
  async #refresh(): Promise<void> {
    const { savedAt, problem } = this.view.value;
    if (savedAt === null) return; // never stored: this tab has the only one
    if ((await this.#stored())?.savedAt === savedAt) return;
    await this.#read();
    this.view.set({ problem: this.view.value.problem ?? problem, found: false });
  }

  /** False: another tab has it, which is said. */
  async #claim(): Promise<boolean> {
    if (this.#release || (await this.#lock())) return true;
    this.view.set({
      problem: 'Another tab of this browser is training already. Pause it there first.',
    });
    return false;
  }

  /** One run at a time, over all tabs: they would overwrite each other's checkpoint. */
  #lock(): Promise<boolean> {
    const locks = navigator.locks as LockManager | undefined;
    if (!locks) return Promise.resolve(true);
    return new Promise((resolve) => {
      const held = locks.request(LOCK, { ifAvailable: true }, (lock) => {
        resolve(lock !== null);
        if (lock === null) return;
        return new Promise<void>((release) => (this.#release = release));
      });
      held.catch(() => resolve(true));
    });
  }

  #run(order: Order): void {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
    this.#worker = worker;
    worker.addEventListener('message', (event: MessageEvent<News>) => {
      if (this.#worker === worker) this.#hear(event.data);
    });
    worker.addEventListener('error', (event) => {
      if (this.#worker === worker) this.#fail(event.message || 'its Worker could not be started');
    });
    worker.postMessage(order);
  }

  #hear(news: News): void {
    switch (news.type) {
      case 'opened':
        return this.view.set({
          state: 'running',
          device: news.device,
          worldCount: news.worldCount,
        });
      case 'generation':
        return this.#count(news.report);
      case 'checkpoint':
        this.#checkpoint = news.bytes;
        // Other tabs may read it as soon as this one rests.
        void this.#save(news.generation).then(() => news.last && this.#rest());
        return;
      case 'failed':
        return this.#fail(news.message);
      default:
        throw new Error(`unreachable: ${String(news satisfies never)}`);
    }
  }

  #count(report: GenerationReport): void {
    const { curve, secondsDone, goalSeconds, state } = this.view.value;
    const seconds = secondsDone + report.seconds.total;
    const point = { seconds, winRate: report.winRate, fitness: report.fitness.mean };
    this.view.set({
      report,
      generation: report.generation,
      secondsDone: seconds,
      curve: thinned([...curve, point]),
    });
    if (seconds >= goalSeconds && state === 'running') this.pause();
    this.#library.view.set({ trained: Math.min(1, seconds / goalSeconds) });
  }

  async #save(generation: number): Promise<void> {
    const { curve, goalSeconds, secondsDone, robotsPerTeam } = this.view.value;
    const savedAt = Date.now();
    const row: CheckpointRow = {
      id: 'current',
      savedAt,
      generation,
      bytes: this.#checkpoint!,
      curve: [...curve],
      goal: { minutes: goalSeconds / 60, secondsDone },
      robotsPerTeam,
    };
    try {
      await this.#library.database.checkpoints.put(row);
      this.view.set({ savedAt });
    } catch (error) {
      this.view.set({ problem: storageWords(error, 'the latest checkpoint of the training') });
    }
  }

  /** The Worker has sent its last checkpoint. */
  #rest(): void {
    this.#end();
    const { secondsDone, goalSeconds } = this.view.value;
    this.view.set({ state: secondsDone >= goalSeconds ? 'done' : 'paused' });
  }

  #end(): void {
    this.#worker?.terminate();
    this.#worker = null;
    this.#release?.();
    this.#release = null;
    this.#library.view.set({ trained: null });
  }

  #fail(reason: string): void {
    this.#end();
    const kept = this.#checkpoint !== null;
    const cure = kept
      ? 'The run is kept as of its last checkpoint: resume it.'
      : 'Start it again; kept players are not touched.';
    this.view.set({
      state: kept ? 'paused' : 'idle',
      problem: `The training stopped: ${reason.replace(/\.$/, '')}. ${cure}`,
    });
  }
}

let training: Training | null = null;

/** The page's one run; found again whenever the panel opens. */
export function trainingOf(library: Library): Training {
  training ??= new Training(library);
  return training;
}

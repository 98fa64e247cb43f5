/**
 * The environment being edited: its text, what is wrong with it, the world that runs and the training
 * on it, each in a Worker that can be ended. It lives as long as the page, whichever panel is open.
 */
import type { GenerationReport } from '@dreampitch/learning';
import type { FileProblem } from '@dreampitch/sim';
import { renamedEnvironment } from '@dreampitch/sim';
import { Store } from '../app/store.ts';
import { putEnvironment, readEnvironment } from '../storage/environments.ts';
import { storageWords } from '../storage/failure.ts';
import type { Library } from '../storage/library.ts';
import { thinned } from '../train/curve-points.ts';
import type { ActionForm, Driver, Frame, News, Order, Seen } from './protocol.ts';

export type WorkView = {
  readonly text: string;
  /** The text as it is kept; null: it is not. */
  readonly savedText: string | null;
  readonly id: number | null;
  readonly check: 'checking' | 'done';
  readonly problems: readonly FileProblem[];
  readonly findings: readonly string[];
  readonly running: boolean;
  readonly driver: Driver;
  readonly action: readonly number[];
  readonly form: ActionForm | null;
  readonly seen: readonly Seen[];
  readonly frame: Frame | null;
  /** Why running or training ended. */
  readonly stoppedBy: FileProblem | null;
  readonly training: 'none' | 'starting' | 'running' | 'stopping' | 'stopped';
  readonly device: string | null;
  readonly report: GenerationReport | null;
  readonly curve: readonly ReturnPoint[];
  readonly hasPlayer: boolean;
  readonly said: string; // of saving, importing, deleting
  readonly alert: string | null;
};

export type ReturnPoint = { readonly seconds: number; readonly meanReturn: number };

const EMPTY: WorkView = {
  text: '',
  savedText: null,
  id: null,
  check: 'checking',
  problems: [],
  findings: [],
  running: false,
  driver: 'random',
  action: [],
  form: null,
  seen: [],
  frame: null,
  stoppedBy: null,
  training: 'none',
  device: null,
  report: null,
  curve: [],
  hasPlayer: false,
  said: '',
  alert: null,
};

const TYPING_MS = 250;
/** Beyond it a text keeps its Worker busy for good. */
const CHECK_MS_MAX = 15_000;
const RUN_MS_MAX = 15_000;

function openWorker(): Worker {
  return new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
}

/** One Worker at a time for one purpose, ended when another begins or it says nothing for too long. */
class Hand {
  #worker: Worker | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #hear: (news: News) => void;

  constructor(hear: (news: News) => void) {
    this.#hear = hear;
  }

  get busy(): boolean {
    return this.#worker !== null;
  }

  begin(order: Order, silenceMsMax: number): void {
    this.end();
    const worker = openWorker();
    this.#worker = worker;
    const fail = (message: string) => {
      if (this.#worker !== worker) return;
      this.end();
      this.#hear({ type: 'failed', problem: { line: 1, column: 1, message } });
    };
    const wait = () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => {
        fail(`This took longer than ${silenceMsMax / 1000} s and was ended: simplify the text.`);
      }, silenceMsMax);
    };
    worker.addEventListener('message', (event: MessageEvent<News>) => {
      if (this.#worker !== worker) return;
      if (event.data.type === 'checked') clearTimeout(this.#timer);
      else wait();
      this.#hear(event.data);
    });
    worker.addEventListener('error', (event) => fail(event.message || 'Its Worker did not start.'));
    worker.postMessage(order);
    wait();
  }

  tell(order: Order): void {
    this.#worker?.postMessage(order);
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#worker?.terminate();
    this.#worker = null;
  }
}

export class Workbench {
  readonly view = new Store<WorkView>(EMPTY);
  readonly #library: Library;
  readonly #checker = new Hand((news) => this.#hearCheck(news));
  readonly #runner = new Hand((news) => this.#hearWorld(news));
  readonly #trainer = new Hand((news) => this.#hearTraining(news));
  #typing: ReturnType<typeof setTimeout> | undefined;
  #ticket = 0;
  #player: Uint8Array<ArrayBuffer> | null = null;

  constructor(library: Library) {
    this.#library = library;
    addEventListener('beforeunload', (event) => {
      if (this.changed) event.preventDefault();
    });
  }

  /** There is something that leaving would lose. */
  get changed(): boolean {
    const { text, savedText } = this.view.value;
    return this.#edited && text !== savedText;
  }

  #edited = false;
  #origin: string | null = null;

  /** The template that the text began as; null: none. */
  get origin(): string | null {
    return this.#origin;
  }

  /** Begins with a text: a kept one (its id), or one that is not kept yet (where it is from). */
  open(text: string, from: string | number): void {
    this.close();
    const id = typeof from === 'number' ? from : null;
    this.#origin = id === null ? String(from) : null;
    this.view.set({ ...EMPTY, text, savedText: id === null ? null : text, id });
    this.#check(0);
  }

  /** Opens a kept one; false: it is not there. */
  async openKept(id: number): Promise<boolean> {
    const text = await readEnvironment(this.#library.database, id);
    if (text === null) return false;
    this.open(text, id);
    return true;
  }

  close(): void {
    for (const hand of [this.#checker, this.#runner, this.#trainer]) hand.end();
    clearTimeout(this.#typing);
    this.#player = null;
    this.#edited = false;
    this.#origin = null;
    this.view.set(EMPTY);
  }

  edit(text: string): void {
    if (text === this.view.value.text) return;
    this.#edited = true;
    this.view.set({ text, said: '', alert: null });
    this.#check(TYPING_MS);
  }

  rename(name: string): void {
    this.edit(renamedEnvironment(this.view.value.text, name));
  }

  #check(afterMs: number): void {
    this.view.set({ check: 'checking' });
    clearTimeout(this.#typing);
    this.#typing = setTimeout(() => {
      const order = { type: 'check', ticket: ++this.#ticket, text: this.view.value.text } as const;
      this.#checker.begin(order, CHECK_MS_MAX);
    }, afterMs);
  }

  #hearCheck(news: News): void {
    if (news.type === 'failed') {
      this.view.set({ check: 'done', problems: [news.problem], findings: [] });
    } else if (news.type === 'checked' && news.ticket === this.#ticket) {
      this.view.set({ check: 'done', problems: news.problems, findings: news.findings });
    }
  }

  run(): void {
    const { text, driver, action } = this.view.value;
    this.view.set({ running: true, stoppedBy: null, frame: null });
    this.#runner.begin({ type: 'watch', text, player: this.#player, driver, action }, RUN_MS_MAX);
  }

  stopRunning(): void {
    this.#runner.end();
    this.view.set({ running: false });
  }

  drive(driver: Driver, action: readonly number[]): void {
    const fresh = driver === 'player' && this.view.value.driver !== 'player';
    this.view.set({ driver, action });
    // A running world takes its player when it begins.
    if (fresh && this.#runner.busy) this.run();
    else this.#runner.tell({ type: 'drive', driver, action });
  }

  #hearWorld(news: News): void {
    if (news.type === 'watching') {
      const { action } = this.view.value;
      this.view.set({
        form: news.action,
        seen: news.seen,
        action: action.length > 0 ? action : firstAction(news.action),
      });
    } else if (news.type === 'frame') this.view.set({ frame: news.frame });
    else if (news.type === 'failed') {
      this.#runner.end();
      this.view.set({ running: false, stoppedBy: news.problem });
    }
  }

  train(): void {
    const seed = crypto.getRandomValues(new Uint32Array(1))[0]!;
    this.view.set({ training: 'starting', curve: [], report: null, stoppedBy: null });
    this.#trainer.begin({ type: 'train', text: this.view.value.text, seed }, 2 * RUN_MS_MAX);
  }

  stopTraining(): void {
    this.view.set({ training: 'stopping' });
    this.#trainer.tell({ type: 'stop' });
  }

  #hearTraining(news: News): void {
    switch (news.type) {
      case 'opened':
        return this.view.set({ training: 'running', device: news.device });
      case 'generation': {
        const { curve } = this.view.value;
        const seconds = (curve.at(-1)?.seconds ?? 0) + news.report.seconds.total;
        const point = { seconds, meanReturn: news.report.meanReturn };
        return this.view.set({ report: news.report, curve: thinned([...curve, point]) });
      }
      case 'player':
        this.#player = news.bytes;
        return this.view.set({ hasPlayer: true });
      case 'stopped':
      case 'failed':
        this.#trainer.end();
        return this.view.set({
          training: this.view.value.report ? 'stopped' : 'none',
          stoppedBy: news.type === 'failed' ? news.problem : null,
        });
      default:
    }
  }

  /** Keeps the text; gives its id, or null where it could not be kept (said in `alert`). */
  async save(name: string): Promise<number | null> {
    const { text, id } = this.view.value;
    try {
      const row = { savedAt: Date.now(), name, text };
      const kept = await putEnvironment(this.#library.database, row, id);
      this.view.set({ id: kept, savedText: text, said: `${name} is kept.`, alert: null });
      return kept;
    } catch (error) {
      this.view.set({ alert: storageWords(error, 'this environment'), said: '' });
      return null;
    }
  }
}

function firstAction(form: ActionForm): readonly number[] {
  if (form.kind === 'choice') return [form.start];
  return form.numbers.map(({ low, high }) => Math.min(Math.max(0, low), high));
}

let workbench: Workbench | null = null;

export function workbenchOf(library: Library): Workbench {
  workbench ??= new Workbench(library);
  return workbench;
}

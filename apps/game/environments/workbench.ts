/**
 * The environment being edited: its text, what is wrong with it and the world that runs, each in a
 * Worker that can be ended. It lives as long as the page, whichever panel is open.
 */
import type { FileProblem } from '@dreampitch/sim';
import { renamedEnvironment } from '@dreampitch/sim';
import { Store } from '../app/store.ts';
import { putEnvironment } from '../storage/environments.ts';
import { storageWords } from '../storage/failure.ts';
import type { Library } from '../storage/library.ts';
import { restOf } from './action-form.ts';
import { nameOf } from './file-name.ts';
import type { ActionForm, Driver, Frame, News, Order, Shown } from './protocol.ts';

export type WorkView = {
  /** What the address of the text says; null: nothing is open. */
  readonly key: string | null;
  readonly text: string;
  /** The text as it is kept; null: it is not. */
  readonly savedText: string | null;
  readonly id: number | null;
  readonly check: 'checking' | 'done';
  /** The text that the problems and findings are of. */
  readonly checkedText: string;
  readonly problems: readonly FileProblem[];
  readonly findings: readonly string[];
  readonly running: boolean;
  readonly driver: Driver;
  readonly action: readonly number[];
  readonly form: ActionForm | null;
  readonly shown: Shown | null;
  readonly frame: Frame | null;
  /** Why what was learned does not drive it. */
  readonly refusal: string | null;
  /** Why running ended. */
  readonly stoppedBy: FileProblem | null;
  readonly said: string; // of saving, importing, deleting
  readonly alert: string | null;
};

const EMPTY: WorkView = {
  key: null,
  text: '',
  savedText: null,
  id: null,
  check: 'checking',
  checkedText: '',
  problems: [],
  findings: [],
  running: false,
  driver: 'random',
  action: [],
  form: null,
  shown: null,
  frame: null,
  refusal: null,
  stoppedBy: null,
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

/** A text to begin with: kept under an id, or of a template or an imported file. */
export type Beginning = {
  readonly text: string;
  readonly id: number | null;
  /** What the address says: the id, the template's name, 'imported-2'. */
  readonly key: string;
  /** It is nowhere else: to leave it unsaved would lose it. */
  readonly isNew: boolean;
};

export class Workbench {
  readonly view = new Store<WorkView>(EMPTY);
  readonly #library: Library;
  readonly #checker = new Hand((news) => this.#hearCheck(news));
  readonly #runner = new Hand((news) => this.#hearWorld(news));
  #typing: ReturnType<typeof setTimeout> | undefined;
  #ticket = 0;
  #policy: Uint8Array<ArrayBuffer> | null = null;
  #isNew = false;
  #imports: string[] = [];

  constructor(library: Library) {
    this.#library = library;
    addEventListener('beforeunload', (event) => {
      if (this.changed) event.preventDefault();
    });
  }

  /** There is something that leaving would lose. */
  get changed(): boolean {
    const { text, savedText } = this.view.value;
    return this.#isNew && text !== savedText;
  }

  get key(): string | null {
    return this.view.value.key;
  }

  get name(): string {
    return nameOf(this.view.value.text) || 'This environment';
  }

  open({ text, id, key, isNew }: Beginning): void {
    this.close();
    this.#isNew = isNew;
    this.view.set({ ...EMPTY, key, text, savedText: id === null ? null : text, id });
    this.#check(0);
  }

  close(): void {
    this.#checker.end();
    this.#runner.end();
    clearTimeout(this.#typing);
    this.#policy = null;
    this.#isNew = false;
    this.view.set(EMPTY);
  }

  /** Remembers an imported text; gives the key under which it can be opened. */
  take(text: string): string {
    this.#imports.push(text);
    return `imported-${this.#imports.length}`;
  }

  /** An imported text by its key; null: there is none. */
  imported(key: string): string | null {
    const found = /^imported-(\d+)$/.exec(key);
    return found ? (this.#imports[Number(found[1]) - 1] ?? null) : null;
  }

  edit(text: string): void {
    if (text === this.view.value.text) return;
    this.#isNew = true;
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
    const done = { check: 'done', checkedText: this.view.value.text } as const;
    if (news.type === 'failed') {
      this.view.set({ ...done, problems: [news.problem], findings: [] });
    } else if (news.type === 'checked' && news.ticket === this.#ticket) {
      this.view.set({ ...done, problems: news.problems, findings: news.findings });
    }
  }

  run(): void {
    const { text, driver, action } = this.view.value;
    this.view.set({ running: true, stoppedBy: null, refusal: null, frame: null });
    this.#runner.begin({ type: 'watch', text, policy: this.#policy, driver, action }, RUN_MS_MAX);
  }

  stopRunning(): void {
    this.#runner.end();
    this.view.set({ running: false });
  }

  drive(driver: 'random' | 'you', action: readonly number[]): void {
    this.view.set({ driver, action });
    this.#runner.tell({ type: 'drive', driver, action });
  }

  /** A running world takes its player when it begins. */
  driveByLearned(policy: Uint8Array<ArrayBuffer>): void {
    this.#policy = policy;
    this.view.set({ driver: 'learned' });
    this.run();
  }

  #hearWorld(news: News): void {
    if (news.type === 'watching') {
      const { form, shown, refusal } = news;
      const rest = restOf(form);
      const { action } = this.view.value;
      this.view.set({
        form,
        shown,
        refusal,
        action: action.length === rest.length ? action : rest,
      });
      if (refusal !== null) this.drive('random', this.view.value.action);
    } else if (news.type === 'frame') this.view.set({ frame: news.frame });
    else if (news.type === 'failed') {
      this.#runner.end();
      this.view.set({ running: false, stoppedBy: news.problem });
    }
  }

  /** Keeps the text; gives its id, or null where it could not be kept (said in `alert`). */
  async save(): Promise<number | null> {
    const { text, id } = this.view.value;
    const { name } = this;
    try {
      const row = { savedAt: Date.now(), name, text };
      const kept = await putEnvironment(this.#library.database, row, id);
      const said = `${name} is kept.`;
      this.view.set({ key: String(kept), id: kept, savedText: text, said, alert: null });
      return kept;
    } catch (error) {
      this.view.set({ alert: storageWords(error, 'this environment'), said: '' });
      return null;
    }
  }
}

let workbench: Workbench | null = null;

export function workbenchOf(library: Library): Workbench {
  workbench ??= new Workbench(library);
  return workbench;
}

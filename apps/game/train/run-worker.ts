/** The training Worker of a run, on the page's side: one at a time, and one that ended is not heard. */
import type { Database } from '../storage/database.ts';
import type { RunInputs, RunRow } from '../storage/run-rows.ts';
import { tasksOfLine } from '../storage/runs.ts';
import type { BeginOrder, News, Order } from './protocol.ts';
import type { Checkpoint } from './run-checkpoints.ts';

type Given = {
  readonly row: RunRow;
  readonly inputs: RunInputs;
  readonly kept: Checkpoint | null;
};

/** What a Worker is given that goes on from this checkpoint. */
export async function givenOf(database: Database, { row, inputs: all, kept }: Given) {
  const { id, name, recipe, history } = row;
  const checkpoint = kept?.bytes ?? null;
  const inputs = checkpoint ? { ...all, start: null } : all; // the checkpoint has it
  const tasks = history && id > 0 ? await tasksOfLine(database, history.id) : [];
  const { seconds: secondsBefore = 0, matches = null } = kept ?? {};
  return { run: { id, name }, recipe, checkpoint, inputs, matches, tasks, secondsBefore };
}

export type RunWorkerOptions = {
  onNews(news: News): void;
  /** It could not be started, or broke off. */
  onFailure(words: string): void;
};

export class RunWorker {
  readonly #options: RunWorkerOptions;
  #worker: Worker | null = null;

  constructor(o: RunWorkerOptions) {
    this.#options = o;
  }

  begin(order: BeginOrder): void {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
    this.#worker = worker;
    worker.addEventListener('message', (event: MessageEvent<News>) => {
      if (this.#worker === worker) this.#options.onNews(event.data);
    });
    worker.addEventListener('error', (event) => {
      if (this.#worker !== worker) return;
      this.#options.onFailure(event.message || 'its Worker could not be started');
    });
    worker.postMessage(order);
  }

  /** Where there is none, nobody is told. */
  tell(order: Order): void {
    this.#worker?.postMessage(order);
  }

  end(): void {
    this.#worker?.terminate();
    this.#worker = null;
  }
}

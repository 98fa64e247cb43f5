import { announceMail } from './crew.ts';
import type { FromWorker, ToWorker } from './worker.ts';

/** What the pool needs of a browser's Worker or a Node worker thread. */
type WorkerHandle = {
  post: (message: ToWorker) => void;
  terminate: () => void;
  /** Whether the worker keeps a Node process alive. */
  hold: (alive: boolean) => void;
};

type Listener = { answer: (message: FromWorker) => void; fail: (reason: string) => void };

/** The rest of the threads beside the submitter's, created once and disposed of. */
export class ThreadPool implements Disposable {
  readonly #memory: WebAssembly.Memory;
  readonly #workers: WorkerHandle[] = [];
  /** Settles one answer; replaced with each message. */
  #listeners: Listener[] = [];
  /** Messages go out one after the other. */
  #queue: Promise<void> = Promise.resolve();

  private constructor(memory: WebAssembly.Memory) {
    this.#memory = memory;
  }

  /** Starts the workers. Rejects where the page or the host does not let them start. */
  static async create(memory: WebAssembly.Memory, threadCount: number): Promise<ThreadPool> {
    const pool = new ThreadPool(memory);
    try {
      for (let index = 1; index < threadCount; index++) pool.#start(index - 1);
      await pool.#send((worker) => ({
        type: 'open',
        memory,
        thread: { index: worker + 1, count: threadCount },
      }));
      return pool;
    } catch (error) {
      pool[Symbol.dispose]();
      throw error;
    }
  }

  /** Gives every worker a module; its functions follow those of earlier modules. */
  addModule(module: WebAssembly.Module, entries: readonly string[]): Promise<void> {
    return this.#send(() => ({ type: 'module', module, entries }));
  }

  [Symbol.dispose](): void {
    for (const worker of this.#workers) worker.terminate();
    this.#workers.length = 0;
    for (const listener of this.#listeners) listener.fail('the pool was disposed');
  }

  #start(index: number): void {
    const listener: Listener = {
      answer: (message) => {
        const current = this.#listeners[index];
        if (message.type === 'done') current?.answer(message);
        else current?.fail(message.reason);
      },
      fail: (reason) => this.#listeners[index]?.fail(reason),
    };
    this.#workers.push(startWorker(listener));
  }

  /** Sends each worker a message and waits until all have answered. */
  #send(messageFor: (worker: number) => ToWorker): Promise<void> {
    const sent = this.#sendAfter(this.#queue, messageFor);
    this.#queue = sent.catch(() => {});
    return sent;
  }

  async #sendAfter(queue: Promise<void>, messageFor: (worker: number) => ToWorker): Promise<void> {
    await queue;
    const answers = this.#workers.map(
      (_, index) =>
        new Promise<void>((resolve, reject) => {
          this.#listeners[index] = {
            answer: () => resolve(),
            fail: (reason) => reject(new Error(`thread ${index + 1}: ${reason}`)),
          };
        }),
    );
    announceMail(new Int32Array(this.#memory.buffer));
    this.#workers.forEach((worker, index) => {
      worker.hold(true);
      worker.post(messageFor(index));
    });
    try {
      await Promise.all(answers);
    } finally {
      for (const worker of this.#workers) worker.hold(false);
    }
  }
}

function startWorker(listener: Listener): WorkerHandle {
  const node = globalThis.process?.getBuiltinModule?.('node:worker_threads');
  return node ? startNodeWorker(node, listener) : startBrowserWorker(listener);
}

function startNodeWorker(
  node: typeof import('node:worker_threads'),
  listener: Listener,
): WorkerHandle {
  // A name in a variable, or bundlers for the browser would take the file for an asset. No flags of
  // the process: loaders and coverage are nothing that this worker needs.
  const file = './worker.ts';
  const worker = new node.Worker(new URL(file, import.meta.url), { execArgv: [] });
  worker.on('message', listener.answer);
  worker.on('error', (error) => listener.fail(String(error)));
  return {
    post: (message) => worker.postMessage(message),
    terminate: () => void worker.terminate(),
    hold: (alive) => (alive ? worker.ref() : worker.unref()),
  };
}

function startBrowserWorker(listener: Listener): WorkerHandle {
  // Vite finds workers by exactly this expression.
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  worker.addEventListener('message', (event: MessageEvent<FromWorker>) =>
    listener.answer(event.data),
  );
  worker.addEventListener('error', (event) =>
    listener.fail(event.message || 'its script did not load'),
  );
  return {
    post: (message) => worker.postMessage(message),
    terminate: () => worker.terminate(),
    hold: () => {},
  };
}

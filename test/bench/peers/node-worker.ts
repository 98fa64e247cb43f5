/** `Worker` as pages have it, of a Blob's address, so that jax-js has its pool of threads in Node. */
import { resolveObjectURL } from 'node:buffer';
import { Worker as Thread } from 'node:worker_threads';

const BEGIN = `
const { parentPort, workerData } = require('node:worker_threads');
globalThis.self = globalThis;
globalThis.postMessage = (message) => parentPort.postMessage(message);
workerData.text().then(async (source) => {
  await import('data:text/javascript,' + encodeURIComponent(source));
  parentPort.on('message', (data) => globalThis.onmessage({ data }));
});
`;

class BlobWorker {
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onerror: ((error: Error) => void) | null = null;
  readonly #thread: Thread;

  constructor(url: string) {
    this.#thread = new Thread(BEGIN, { eval: true, workerData: resolveObjectURL(url) });
    this.#thread.on('message', (data: unknown) => this.onmessage?.({ data }));
    this.#thread.on('error', (error: Error) => this.onerror?.(error));
  }

  postMessage(message: unknown): void {
    this.#thread.postMessage(message);
  }
}

export function provideWorker(): void {
  Object.assign(globalThis, { Worker: BlobWorker });
}

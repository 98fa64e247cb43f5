/**
 * One thread of the pool, in a browser's Worker or in a Node worker thread. It sleeps on the shared
 * memory (crew.ts) and comes back to its event loop only for messages.
 */
import { type KernelFunction, kernelFunctions, serve, type Thread } from './crew.ts';

export type ToWorker =
  | { type: 'open'; memory: WebAssembly.Memory; thread: Thread }
  | { type: 'module'; module: WebAssembly.Module; entries: readonly string[] };

/** The answer to one message. */
export type FromWorker = { type: 'done' } | { type: 'failed'; reason: string };

type Crew = { memory: WebAssembly.Memory; words: Int32Array; thread: Thread };

let crew: Crew | null = null;
let mailRead = 0;
const functions: KernelFunction[] = [];

function receive(message: ToWorker): void {
  switch (message.type) {
    case 'open': {
      const { memory, thread } = message;
      crew = { memory, words: new Int32Array(memory.buffer), thread };
      return;
    }
    case 'module': {
      const env = { memory: crew!.memory };
      const instance = new WebAssembly.Instance(message.module, { env });
      functions.push(...kernelFunctions(instance, message.entries));
      return;
    }
    default:
      throw new Error(`unreachable: ${String(message satisfies never)}`);
  }
}

/** Reads one message, answers it, and serves until the next. */
function onMessage(message: ToWorker, answer: (message: FromWorker) => void): void {
  mailRead++;
  try {
    receive(message);
    answer({ type: 'done' });
  } catch (error) {
    answer({ type: 'failed', reason: String(error) });
  }
  if (crew) serve(crew.words, functions, { thread: crew.thread, mailRead });
}

const nodePort = globalThis.process?.getBuiltinModule?.('node:worker_threads').parentPort;
if (nodePort) {
  nodePort.on('message', (message: ToWorker) =>
    onMessage(message, (reply) => nodePort.postMessage(reply)),
  );
} else {
  globalThis.addEventListener('message', (event: MessageEvent<ToWorker>) =>
    onMessage(event.data, (reply) => globalThis.postMessage(reply)),
  );
}

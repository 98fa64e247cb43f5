/** The worker behind a guarded replica: a Worker in browsers, a worker thread in Node. */
import type { ReplicaPort, ReplicaReply } from './guarded-replica.ts';

export function spawnReplica(onReply: (reply: ReplicaReply) => void): ReplicaPort {
  const threads = globalThis.process?.getBuiltinModule?.('node:worker_threads');
  if (threads !== undefined) {
    const worker = new threads.Worker(new URL('worker.ts', import.meta.url));
    worker.on('message', onReply);
    worker.on('error', () => {}); // no answer comes: the guard's time-out replaces it
    return {
      post: (request) => worker.postMessage(request),
      terminate: () => void worker.terminate(),
    };
  }
  const worker = new Worker(new URL('worker.ts', import.meta.url), { type: 'module' });
  worker.addEventListener('message', ({ data }: MessageEvent<ReplicaReply>) => onReply(data));
  return {
    post: (request) => worker.postMessage(request),
    terminate: () => worker.terminate(),
  };
}

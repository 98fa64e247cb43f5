/** The module of the worker, for browsers and for Node's threads: applies bytes that may hang. */
import type { ReplicaRequest } from './guarded-replica.ts';
import { createReplicaServer } from './replica-server.ts';

const serve = createReplicaServer();
const port = globalThis.process?.getBuiltinModule?.('node:worker_threads').parentPort;
if (port) port.on('message', (request: ReplicaRequest) => port.postMessage(serve(request)));
else {
  // The page's type library is loaded, not the worker's: there, postMessage takes an origin.
  const scope = globalThis as unknown as {
    addEventListener(type: 'message', listen: (event: MessageEvent<ReplicaRequest>) => void): void;
    postMessage(message: unknown): void;
  };
  scope.addEventListener('message', ({ data }) => scope.postMessage(serve(data)));
}

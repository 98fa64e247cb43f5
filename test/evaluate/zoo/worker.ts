/** Trains the runs that it is sent, one at a time, in a thread of its own. */
import { parentPort } from 'node:worker_threads';
import { type Order, train } from './training.ts';

parentPort!.on('message', (order: Order) => {
  void train(order).then(() => parentPort!.postMessage('done'));
});

/** Many seeds or planted bugs, shared out among this machine's cores. */
import { cpus } from 'node:os';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { findPlanted, PLANTED } from './planted.ts';
import type { Found } from './planted.ts';
import { simulate } from './run.ts';
import type { Report } from './run.ts';

type Task =
  | { readonly type: 'seed'; readonly seed: number; readonly nodeCount: number | null }
  | {
      readonly type: 'planted';
      readonly name: string;
      readonly from: number;
      readonly seedsMax: number;
    };
type Done = { readonly report: Report | null; readonly found: Found | null };

function perform(task: Task): Done {
  if (task.type === 'seed') return { report: simulate(task.seed, task), found: null };
  const planted = PLANTED.find(({ name }) => name === task.name);
  if (planted === undefined) throw new Error(`No planted bug is named '${task.name}'.`);
  return { report: null, found: findPlanted(planted, task) };
}

/** Every task's outcome, in the tasks' order. `onDone` is told of each as it comes. */
async function share(
  tasks: readonly Task[],
  onDone: (done: Done, task: Task) => void,
): Promise<Done[]> {
  const out: Done[] = [];
  let next = 0;
  const workers = Array.from({ length: Math.min(cpus().length, tasks.length) }, () => {
    const worker = new Worker(new URL(import.meta.url));
    return { worker, finished: drain(worker) };
  });
  function drain(worker: Worker): Promise<void> {
    return new Promise((resolve, reject) => {
      let current = -1;
      const send = () => {
        current = next++;
        const task = tasks[current];
        if (task === undefined) return resolve();
        worker.postMessage(task);
      };
      worker.on('error', reject);
      worker.on('message', (done: Done) => {
        out[current] = done;
        onDone(done, tasks[current]!);
        send();
      });
      send();
    });
  }
  await Promise.all(workers.map(({ finished }) => finished));
  await Promise.all(workers.map(({ worker }) => worker.terminate()));
  return out;
}

export async function simulateSeeds(
  seeds: readonly number[],
  nodeCount: number | null,
  onReport: (report: Report) => void,
): Promise<Report[]> {
  const tasks = seeds.map((seed): Task => ({ type: 'seed', seed, nodeCount }));
  const done = await share(tasks, ({ report }) => report !== null && onReport(report));
  return done.map(({ report }) => report!);
}

export async function findAllPlanted(
  limits: { from: number; seedsMax: number },
  onFound: (name: string, found: Found | null) => void,
): Promise<(Found | null)[]> {
  const { from, seedsMax } = limits;
  const tasks = PLANTED.map(({ name }): Task => ({ type: 'planted', name, from, seedsMax }));
  const done = await share(tasks, ({ found }, task) => {
    if (task.type === 'planted') onFound(task.name, found);
  });
  return done.map(({ found }) => found);
}

if (!isMainThread && parentPort !== null) {
  const port = parentPort;
  port.on('message', (task: Task) => port.postMessage(perform(task)));
}

/**
 * The steps on WASM beside jax-js on WASM, in one process and in turn: one thread of both, or all
 * threads of both (jax-js has more than one where there is a global Worker).
 */
import { type Compute, openWasm } from '@dreampitch/compute';
import { input, matmul, Program } from '@dreampitch/learning';
import { type Figure, figureOf } from '../figure.ts';
import { ownStep } from '../learning-steps/own-step.ts';
import { roofContestant } from '../learning-steps/roof.ts';
import { STEPS, valuesOf } from '../learning-steps/steps.ts';
import { inTurn, medianOf, type Seconds, stepContestant, warmUp } from '../learning-steps/timed.ts';
import { provideWorker } from './node-worker.ts';
import type { PeerStep, StepName } from './peer-step.ts';

const what = process.argv[2] === 'all' ? 'wasmAll' : 'wasm1';
const LOSS_DIFFERENCE_MAX = 1e-3;
const COMPARED_STEPS = 3;

/** Both after the same number of steps from the same weights. */
async function checkLosses(name: string, own: PeerStep, peer: PeerStep): Promise<void> {
  const report: string[] = [];
  for (let i = 0; i < COMPARED_STEPS; i++) {
    if (i > 0) own.run(1); // the first ran when it was made
    peer.run(1);
    const [a, b] = [await own.loss(), await peer.loss()];
    report.push(`${a.toPrecision(6)} ${b.toPrecision(6)}`);
    if (Math.abs(a - b) > LOSS_DIFFERENCE_MAX * Math.max(1, Math.abs(b))) {
      throw new Error(`${name}: losses of ours and jax-js differ: ${report.join(', ')}.`);
    }
  }
  console.error(`${name}: losses of ours and jax-js by step: ${report.join(', ')}`);
}

async function stepFigures(compute: Compute, name: StepName): Promise<Figure[]> {
  const { jaxStep } = await import('./jax-steps.ts');
  const step = STEPS[name]();
  using own = await ownStep(compute, step);
  const peer = jaxStep(name, valuesOf(step));
  await checkLosses(name, own, peer);
  for (const one of [own, peer]) await warmUp(one);
  const measured = await inTurn({
    own: stepContestant(own),
    roof: await roofContestant(compute),
    peer: stepContestant(peer),
  });
  const milliseconds = (all: Seconds[]) => all.map(({ wall }) => wall * 1e3);
  const peerMedian = medianOf(measured.peer.map(({ wall }) => wall));
  return [
    figureOf(`${name}.${what}.milliseconds`, 'ms', milliseconds(measured.own)),
    figureOf(`${name}.${what}.jaxJsMilliseconds`, 'ms', milliseconds(measured.peer)),
    figureOf(
      `${name}.${what}.overJaxJs`,
      'times',
      measured.own.map(({ wall }) => peerMedian / wall),
    ),
    ...(what === 'wasm1'
      ? [
          overRoof(`${name}.wasm1`, step.flops, measured),
          figureOf(`${name}.firstStepMilliseconds`, 'ms', [own.firstSeconds * 1e3]),
        ]
      : []),
  ];
}

/**
 * By the CPU time, as one thread has it on a busy machine too, against the best rate of all turns: other
 * processes on the same core slow both down, the roof's short trials less.
 */
function overRoof(
  name: string,
  flops: number,
  measured: { readonly own: readonly Seconds[]; readonly roof: readonly Seconds[] },
): Figure {
  const roof = Math.min(...measured.roof.map(({ wall }) => wall));
  const shares = measured.own.map(({ cpu }) => (flops * roof) / cpu);
  return figureOf(`${name}.overRoof`, 'x', shares);
}

async function productFigures(compute: Compute): Promise<Figure[]> {
  const [a, b] = [input('a', [512, 512]), input('b', [512, 512])];
  using program = await Program.create(compute, { outputs: { c: matmul(a, b) } });
  const data = Float32Array.from({ length: 512 * 512 }, (_, i) => Math.sin(i * 12.9898));
  for (const name of ['a', 'b']) program.write(name, data);
  const own: PeerStep = {
    run: (times) => program.run(times),
    finished: () => compute.finished(),
    loss: async () => 0,
  };
  await warmUp(own);
  const roof = await roofContestant(compute);
  const measured = await inTurn({ own: stepContestant(own), roof });
  const rates = measured.roof.map(({ wall }) => 1 / wall / 1e9);
  return [
    figureOf('roof.gigaflops', 'GFLOP/s', rates),
    overRoof('matmul512.wasm1', 2 * 512 ** 3, measured),
  ];
}

async function figures(): Promise<Figure[]> {
  using compute = await openWasm(what === 'wasm1' ? { threadCount: 1 } : {});
  if (what === 'wasmAll') provideWorker();
  const { defaultDevice, init } = await import('@jax-js/jax');
  await init('wasm');
  defaultDevice('wasm');
  const all = what === 'wasm1' ? await productFigures(compute) : [];
  for (const name of ['mlp', 'transformer', 'vae'] as const) {
    all.push(...(await stepFigures(compute, name)));
  }
  return all;
}

console.log(JSON.stringify(await figures()));
process.exit(0); // the pools' threads keep a process alive

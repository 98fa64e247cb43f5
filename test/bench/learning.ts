/**
 * Whole training steps of the tensor engine (loss, gradients, Adam) on WASM, one thread and all, held
 * against the core's own multiply-add rate ("roof") in the same run (learning-steps has the steps); and
 * a whole iteration of proximal policy optimisation against its parts.
 */
import { type Compute, openWasm } from '@dreampitch/compute';
import { input, matmul, Ppo, ppoDefaultsFor, type PpoOptions, Program } from '@dreampitch/learning';
import { environmentById } from '@dreampitch/sim';
import { type Figure, figureOf } from './figure.ts';
import { mlpStep, type Step, transformerStep, vaeStep } from './learning-steps/steps.ts';

const REPETITIONS = 7;
const WARM_UP_RUNS = 8; // until V8's optimising tier is in place
const SECONDS_PER_REPETITION = 0.15;

const now = () => performance.now() / 1000;

export async function bench(): Promise<Figure[]> {
  using one = await openWasm({ threadCount: 1 });
  using all = await openWasm();
  const roof = await roofOf(one);
  const figures = [
    figureOf(
      'roof.gigaflops',
      'GFLOP/s',
      roof.map((flops) => flops / 1e9),
    ),
  ];
  const best = Math.max(...roof);
  const product = await timedProduct(one);
  const share = (flops: number) => (seconds: number) => flops / seconds / best;
  figures.push(figureOf('matmul512.wasm1.overRoof', 'x', product.map(share(2 * 512 ** 3))));
  for (const [name, make] of Object.entries({
    mlp: mlpStep,
    transformer: transformerStep,
    vae: vaeStep,
  })) {
    const step = make();
    const alone = await timedStep(one, step);
    const together = await timedStep(all, step);
    figures.push(
      figureOf(
        `${name}.wasm1.milliseconds`,
        'ms',
        alone.seconds.map((one) => one * 1e3),
      ),
      figureOf(
        `${name}.wasmAll.milliseconds`,
        'ms',
        together.seconds.map((one) => one * 1e3),
      ),
      figureOf(`${name}.wasm1.overRoof`, 'x', alone.seconds.map(share(step.flops))),
      figureOf(`${name}.firstStepMilliseconds`, 'ms', [alone.firstSeconds * 1e3]),
    );
  }
  figures.push(...(await ppoFigures(all)));
  return figures;
}

const PPO_4096: PpoOptions = {
  ...ppoDefaultsFor(environmentById('CartPole-v1')!),
  worldCount: 4096,
  batchSize: 16_384,
  epochCount: 4,
  stepsMax: 1e9,
};

/** A whole iteration over its parts: environment steps, policy evaluations and updates, each alone. */
async function ppoFigures(compute: Compute): Promise<Figure[]> {
  const options = PPO_4096;
  const environment = environmentById('CartPole-v1')!;
  using ppo = await Ppo.create(compute, { environment, options, seed: 1 });
  const { worldCount, stepCount, batchSize, epochCount } = options;
  const steps = worldCount * stepCount;
  const times = {
    environment: stepCount,
    policy: stepCount,
    update: (epochCount * steps) / batchSize,
  };
  for (let i = 0; i < 3; i++) await ppo.iteration();
  const ratios: number[] = [];
  const rates: number[] = [];
  for (let i = 0; i < REPETITIONS; i++) {
    const start = now();
    await ppo.iteration();
    const whole = now() - start;
    const begun = now();
    for (const name of ['environment', 'policy', 'update'] as const) {
      compute.submit(ppo.stages[name], { times: times[name] });
      await compute.finished();
    }
    ratios.push(whole / (now() - begun));
    rates.push(steps / whole);
  }
  return [
    figureOf('ppo.cartpole.timeOverParts', 'x', ratios),
    figureOf('ppo.cartpole.stepsPerSecond', 'steps/s', rates),
  ];
}

/** Seconds of one call, measured over calls that take a while together, several times. */
async function timed(compute: Compute, run: () => void): Promise<number[]> {
  for (let i = 0; i < WARM_UP_RUNS; i++) run();
  await compute.finished();
  const start = now();
  run();
  await compute.finished();
  const times = Math.max(1, Math.ceil(SECONDS_PER_REPETITION / Math.max(now() - start, 1e-6)));
  const seconds: number[] = [];
  for (let i = 0; i < REPETITIONS; i++) {
    const begun = now();
    for (let n = 0; n < times; n++) run();
    await compute.finished();
    seconds.push((now() - begun) / times);
  }
  return seconds;
}

async function timedStep(compute: Compute, step: Step) {
  const start = now();
  const { loss, updates } = step;
  using program = await Program.create(compute, { outputs: { loss }, updates });
  for (const tensor of [...step.inputs, ...step.weights]) fill(program, tensor);
  program.run();
  await compute.finished();
  const firstSeconds = now() - start;
  return { firstSeconds, seconds: await timed(compute, () => program.run()) };
}

/** Weights of about the usual size, norms of 1, tokens within the vocabulary. */
function fill(program: Program, { operator, shape, type }: Step['weights'][number]): void {
  if (operator.kind !== 'input' && operator.kind !== 'state') return;
  const count = shape.reduce((product, size) => product * size, 1);
  const [rows = 1] = shape;
  const size = operator.name.endsWith('bias') ? 0 : Math.sqrt(rows / count);
  const isNorm = operator.name.includes('norm') && operator.name.endsWith('weight');
  const value = (i: number) => (isNorm ? 1 : size * Math.sin(i * 12.9898));
  if (type === 'u32')
    program.write(
      operator.name,
      Uint32Array.from({ length: count }, (_, i) => (i * 79) % 256),
    );
  else
    program.write(
      operator.name,
      Float32Array.from({ length: count }, (_, i) => value(i)),
    );
}

async function timedProduct(compute: Compute): Promise<number[]> {
  const [a, b] = [input('a', [512, 512]), input('b', [512, 512])];
  using program = await Program.create(compute, { outputs: { c: matmul(a, b) } });
  for (const tensor of [a, b]) fill(program, tensor);
  return await timed(compute, () => program.run()); // before the program is given back
}

const ROOF_LOOPS = 200_000;
const ROOF_TOTALS = 10;

/** Multiplications and additions per second with nothing else to do; with fused ones if faster. */
async function roofOf(compute: Compute): Promise<number[]> {
  const totals = Array.from({ length: ROOF_TOTALS }, (_, i) => `t${i}`);
  const wgsl = `@group(0) @binding(0) var<storage, read_write> result: array<f32>;
@compute @workgroup_size(4)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let factor = result[id.x];
  let term = result[id.x + 4u];
  ${totals.map((total, i) => `var ${total} = factor * ${i}.0;`).join('\n  ')}
  for (var i = 0u; i < ${ROOF_LOOPS}u; i++) {
    ${totals.map((total) => `${total} = ${total} * factor + term;`).join('\n    ')}
  }
  result[id.x] = ${totals.join(' + ')};
}
`;
  using result = compute.createBuffer({ label: 'roof', bytes: 32 });
  const flops = 2 * 4 * ROOF_TOTALS * ROOF_LOOPS;
  const rates: number[][] = [];
  for (const relaxed of [false, true]) {
    const kernel = await compute.createKernel({ label: 'roof', wgsl, entry: 'main', relaxed });
    const dispatch = kernel.prepare({ bindings: { result }, invocations: 4 });
    const seconds = await timed(compute, () => compute.submit([dispatch]));
    rates.push(seconds.map((one) => flops / one));
  }
  return rates.toSorted((a, b) => Math.max(...b) - Math.max(...a))[0]!;
}

/**
 * How fast environments step. Soccer 3v3 on WASM against plain JavaScript doing the same work
 * (physics, rules, rewards, auto-reset, observations), in one run, from the same states with the same
 * actions; results are compared before anything is measured.
 */
import { availableParallelism } from 'node:os';
import { openWasm } from '@dreampitch/compute';
import type { WasmCompute } from '@dreampitch/compute';
import {
  Camera,
  environmentById,
  soccer,
  stateFields,
  TRAINING_RULES,
  VectorEnvironment,
} from '@dreampitch/sim';
import { type Figure, figureOf } from './figure.ts';
import { RapierSoccer } from './peers/rapier.ts';
import { againstSwiftShader, onGpu } from './peers/webgpu.ts';
import { PlainCartPole } from './plain-js/cart-pole.ts';
import { Bridge, differenceOf } from './plain-js/compare.ts';
import { PlainSoccer } from './plain-js/soccer.ts';

const SEED = 20_261_121;
const WORLDS = 1024; // N
const ROBOTS = 6; // R
const REPETITIONS = 9;
const WARM_UP_STEPS = 100;
/** Steps of one measurement. */
const STEPS = 60;
const COMPARED_STEPS = 200;
/** Steps from equal states agree to this, as a part of a number's size or of 1 ... */
const TOLERANCE = 1e-3;
/** ... but for the few in which a contact begins a substep earlier on one side. */
const CONTACT_SHARE_MAX = 1e-3;

/** i32 [T, N, R, 2]: each wheel is commanded anew in one of twelve steps. */
function actionTape(stepCount: number): Int32Array<ArrayBuffer>[] {
  let state = SEED;
  const draw = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 8;
  };
  const held = Int32Array.from({ length: WORLDS * ROBOTS * 2 }, () => (draw() % 255) - 127);
  return Array.from({ length: stepCount }, () => {
    for (let i = 0; i < held.length; i++) if (draw() % 12 === 0) held[i] = (draw() % 255) - 127;
    return held.slice();
  });
}

const plainSoccer = () =>
  new PlainSoccer({ robotsPerTeam: 3, worldCount: WORLDS, rules: TRAINING_RULES });

const floats = (of: Uint8Array<ArrayBuffer>) => new Float32Array(of.buffer);

/** Throws unless both sides compute the same, step by step from the kernel's states. */
function compare(compute: WasmCompute, worlds: VectorEnvironment): void {
  const plain = plainSoccer();
  const bridge = new Bridge(plain, stateFields(soccer(3)));
  const { buffers } = worlds;
  let apart = 0;
  for (const actions of actionTape(COMPARED_STEPS)) {
    bridge.load(compute.readSync(buffers.worlds));
    plain.actions.set(actions);
    plain.step();
    compute.write(buffers.actions, actions);
    worlds.step();
    const differences = bridge.differences(compute.readSync(buffers.worlds));
    const observations = floats(compute.readSync(buffers.observations));
    const rewards = floats(compute.readSync(buffers.rewards));
    const ends = new Uint32Array(compute.readSync(buffers.ends).buffer);
    const D = plain.featureCount;
    differences.forEach((difference, n) => {
      let worst = difference;
      for (let i = n * ROBOTS * D; i < (n + 1) * ROBOTS * D; i++) {
        worst = Math.max(worst, differenceOf(plain.observations[i]!, observations[i]!));
      }
      for (let i = n * ROBOTS; i < (n + 1) * ROBOTS; i++) {
        worst = Math.max(worst, differenceOf(plain.rewards[i]!, rewards[i]!));
      }
      if (worst > TOLERANCE || ends[n] !== plain.ends[n]) apart++;
    });
  }
  const share = apart / (COMPARED_STEPS * WORLDS);
  console.error(`compared ${COMPARED_STEPS * WORLDS} steps, seed ${SEED}: ${apart} apart`);
  if (share > CONTACT_SHARE_MAX) {
    throw new Error(`Plain JavaScript and WASM differ in ${share} of all steps; not measured.`);
  }
}

/** Seconds that a clock shows. */
type Clock = () => number;
const wallSeconds: Clock = () => performance.now() / 1000;
/** What one thread computes is measured by this process's CPU time: others may use the machine. */
const cpuSeconds: Clock = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

/** Steps per second of N worlds. */
function speedOf(step: (t: number) => void, stepCount: number, clock: Clock): number {
  const start = clock();
  for (let t = 0; t < stepCount; t++) step(t);
  return (stepCount * WORLDS) / (clock() - start);
}

/** Both sides in turn, so that what else the machine does meets both. */
function measurePairs(
  sides: readonly [(t: number) => void, (t: number) => void],
  stepCounts: readonly [number, number],
  clock: Clock,
  repetitions = REPETITIONS,
): [number, number][] {
  sides.forEach((side) => speedOf(side, WARM_UP_STEPS, clock));
  return Array.from({ length: repetitions }, () => [
    speedOf(sides[0], stepCounts[0], clock),
    speedOf(sides[1], stepCounts[1], clock),
  ]);
}

const create = (compute: WasmCompute, relaxed = false) =>
  VectorEnvironment.create(compute, soccer(3), {
    worldCount: WORLDS,
    rules: TRAINING_RULES,
    relaxed,
  });

/** One thread of WASM against plain JavaScript; strict arithmetic is what is compared. */
async function againstPlainJs(relaxed: boolean): Promise<Figure[]> {
  using compute = await openWasm({ threadCount: 1 });
  using worlds = await create(compute, relaxed);
  worlds.reset(SEED);
  if (!relaxed) compare(compute, worlds);
  const tape = actionTape(STEPS);
  const plain = plainSoccer();
  new Bridge(plain, stateFields(soccer(3))).load(compute.readSync(worlds.buffers.worlds));
  const stepPlain = (t: number) => {
    plain.actions.set(tape[t % STEPS]!);
    plain.step();
  };
  const stepWasm = (t: number) => {
    compute.write(worlds.buffers.actions, tape[t % STEPS]!);
    worlds.step();
  };
  const pairs = measurePairs([stepPlain, stepWasm], [STEPS / 2, STEPS * 2], cpuSeconds);
  const plains = pairs.map(([plain]) => plain);
  const wasms = pairs.map(([, wasm]) => wasm);
  const ratios = pairs.map(([plain, wasm]) => wasm / plain);
  if (relaxed) return [figureOf('soccer3v3.wasm1.relaxedOverPlainJs', 'times', ratios)];
  return [
    figureOf('soccer3v3.wasm1.overPlainJs', 'times', ratios),
    figureOf('soccer3v3.plainJs.stepsPerSecond', '1/s', plains),
    figureOf('soccer3v3.wasm1.stepsPerSecond', '1/s', wasms),
  ];
}

/** A similar scene in a physics engine for games; that one neither judges nor looks. */
async function rapierAgainstOne(): Promise<Figure[]> {
  using compute = await openWasm({ threadCount: 1 });
  using worlds = await create(compute);
  worlds.reset(SEED);
  using rapier = await RapierSoccer.create(WORLDS);
  const tape = actionTape(STEPS);
  const stepRapier = (t: number) => {
    rapier.actions.set(tape[t % STEPS]!);
    rapier.step();
  };
  const stepWasm = (t: number) => {
    compute.write(worlds.buffers.actions, tape[t % STEPS]!);
    worlds.step();
  };
  const pairs = measurePairs([stepRapier, stepWasm], [STEPS / 15, STEPS * 2], cpuSeconds);
  if (rapier.speedMax < 0.1) throw new Error('The robots of Rapier stand still.');
  return [
    figureOf(
      'rapier2d.overWasm1',
      'times',
      pairs.map(([rapier, wasm]) => rapier / wasm),
    ),
    figureOf(
      'rapier2d.stepsPerSecond',
      '1/s',
      pairs.map(([rapier]) => rapier),
    ),
  ];
}

/** CartPole, whose step is a few dozen operations: mostly memory and the calls around it. */
async function cartPoleAgainstPlainJs(): Promise<Figure[]> {
  const N = 4096;
  using compute = await openWasm({ threadCount: 1 });
  using worlds = await VectorEnvironment.create(compute, environmentById('CartPole-v1')!, {
    worldCount: N,
  });
  const seeds = Uint32Array.from({ length: N }, (_, n) => Math.imul(n + 1, 2_654_435_761) >>> 0);
  const plain = new PlainCartPole(N);
  worlds.reset(seeds);
  plain.reset(seeds);
  const tape = Array.from({ length: STEPS }, (_, t) =>
    Int32Array.from(seeds, (seed) => (seed >>> (t % 31)) & 1),
  );
  let steps = 0;
  const stepPlain = (t: number) => {
    plain.actions.set(tape[t % STEPS]!);
    plain.step();
  };
  const stepWasm = (t: number) => {
    compute.write(worlds.buffers.actions, tape[t % STEPS]!);
    worlds.step();
  };
  // Smooth but for the ends of episodes, so both sides stay together for a while.
  let apart = 0;
  for (; steps < 30; steps++) {
    stepPlain(steps);
    stepWasm(steps);
    const ends = new Uint32Array(compute.readSync(worlds.buffers.ends).buffer);
    const observations = floats(compute.readSync(worlds.buffers.observations));
    for (let n = 0; n < N; n++) {
      const differs = differenceOf(plain.observations[4 * n]!, observations[4 * n]!) > TOLERANCE;
      if (differs || ends[n] !== plain.ends[n]) apart++;
    }
  }
  if (apart > CONTACT_SHARE_MAX * 30 * N) throw new Error(`CartPole differs ${apart} times.`);
  // Many short turns: what interrupts one of them, the median leaves out.
  const pairs = measurePairs([stepPlain, stepWasm], [STEPS, STEPS * 4], cpuSeconds, 51);
  const scale = N / WORLDS; // `speedOf` counts WORLDS
  return [
    figureOf(
      'cartpole.wasm1.overPlainJs',
      'times',
      pairs.map(([plain, wasm]) => wasm / plain),
    ),
    figureOf(
      'cartpole.wasm1.stepsPerSecond',
      '1/s',
      pairs.map(([, wasm]) => wasm * scale),
    ),
  ];
}

/** Steps of a submission where threads are measured: training submits many as well. */
const STEPS_PER_SUBMISSION = 10;

/** All cores against one. */
async function allAgainstOne(): Promise<Figure[]> {
  const threadCount = availableParallelism();
  using one = await openWasm({ threadCount: 1 });
  using all = await openWasm({ threadCount });
  using worldsOfOne = await create(one);
  using worldsOfAll = await create(all);
  const tape = actionTape(STEPS);
  const stepOf = (compute: WasmCompute, worlds: VectorEnvironment) => {
    worlds.reset(SEED);
    return (t: number) => {
      compute.write(worlds.buffers.actions, tape[t % STEPS]!);
      compute.submit(worlds.stepDispatches, { times: STEPS_PER_SUBMISSION });
    };
  };
  const counts: [number, number] = [STEPS / 4, (STEPS / 4) * threadCount];
  const pairs = measurePairs(
    [stepOf(one, worldsOfOne), stepOf(all, worldsOfAll)],
    counts,
    wallSeconds,
  );
  const wholes = pairs.map(([, all]) => all * STEPS_PER_SUBMISSION);
  const ratios = pairs.map(([one, all]) => all / one);
  return [
    figureOf('soccer3v3.wasmAll.overWasm1', 'times', ratios),
    figureOf('soccer3v3.wasmAll.stepsPerSecond', '1/s', wholes),
  ];
}

/** Pictures of 3v3 from above, on one thread. */
async function pictures(): Promise<Figure[]> {
  using compute = await openWasm({ threadCount: 1 });
  using worlds = await VectorEnvironment.create(compute, soccer(3), { worldCount: 256 });
  worlds.reset(SEED);
  using camera = await Camera.create(worlds, 'above');
  const times = 8;
  const speeds = Array.from({ length: REPETITIONS + 1 }, () => {
    const start = cpuSeconds();
    compute.submit(camera.dispatches, { times });
    return (camera.pictureCount * times) / (cpuSeconds() - start);
  });
  return [figureOf('camera64.picturesPerSecondPerCore', '1/s', speeds.slice(1))];
}

/** Texts after which the engine has compiled our compiler: the twenty before are slower. */
const WARM_UP_TEXTS = 20;
const COMPILED_TEXTS = 21;

/** From text to kernels that can run, in a fresh target each time, by the wall clock, once warm. */
async function compiling(): Promise<Figure[]> {
  const milliseconds: number[] = [];
  for (let n = 0; n < WARM_UP_TEXTS + COMPILED_TEXTS; n++) {
    const environment = soccer(3);
    const wgsl = `${environment.wgsl}\n// text ${n}: not in any cache\n`;
    using compute = await openWasm({ threadCount: 1 });
    const start = wallSeconds();
    using worlds = await VectorEnvironment.create(
      compute,
      { ...environment, wgsl },
      { worldCount: 4 },
    );
    milliseconds.push(1000 * (wallSeconds() - start));
    worlds.reset(n);
  }
  return [figureOf('compile.soccerMilliseconds', 'ms', milliseconds.slice(WARM_UP_TEXTS))];
}

export async function bench(): Promise<Figure[]> {
  // First, while the engine has nothing else to recompile.
  const compiled = await compiling();
  return [
    ...(await againstPlainJs(false)),
    ...(await againstPlainJs(true)),
    ...(await allAgainstOne()),
    ...(await rapierAgainstOne()),
    ...(await againstSwiftShader()),
    ...(await onGpu()),
    ...(await cartPoleAgainstPlainJs()),
    ...(await pictures()),
    ...compiled,
  ];
}

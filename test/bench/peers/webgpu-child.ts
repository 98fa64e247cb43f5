/**
 * Soccer 3v3 on WebGPU in Node (Dawn), as a process of its own: where its graphics driver lies is a
 * matter of the environment it starts with. Prints its figures as JSON, the last line of its output.
 */
import { NoTargetError, openCompute, openWasm } from '@dreampitch/compute';
import type { Compute, Dispatch } from '@dreampitch/compute';
import { soccer, TRAINING_RULES, VectorEnvironment } from '@dreampitch/sim';
import { create } from 'webgpu';
import { type Figure, figureOf } from '../figure.ts';
import { differenceOf } from '../plain-js/compare.ts';

const SEED = 20_261_121;
const SOFTWARE_WORLDS = 1024; // N, as in the other figures
const GPU_WORLDS = 65_536; // N
const REPETITIONS = 5;
const STEPS_PER_SUBMISSION = 20;
/** Steps after which both targets still show the same, but for a few contacts. */
const COMPARED_STEPS = 8;
const TOLERANCE = 1e-3;
const APART_SHARE_MAX = 0.02;

type Speed = { wall: number; cpu: number }; // steps per second of each

async function speedOf(
  compute: Compute,
  dispatches: readonly Dispatch[],
  work: { times: number; worldCount: number },
): Promise<Speed> {
  const start = performance.now();
  const startCpu = process.cpuUsage();
  compute.submit(dispatches, { times: work.times });
  await compute.finished();
  const { user, system } = process.cpuUsage(startCpu);
  const steps = work.times * work.worldCount;
  return {
    wall: (steps * 1e3) / (performance.now() - start),
    cpu: (steps * 1e6) / (user + system),
  };
}

function worldsOn(compute: Compute, worldCount: number): Promise<VectorEnvironment> {
  return VectorEnvironment.create(compute, soccer(3), { worldCount, rules: TRAINING_RULES });
}

/** The same wheels held on both sides for a while. */
async function seen(compute: Compute, worlds: VectorEnvironment): Promise<Float32Array> {
  const wheels = Int32Array.from(
    { length: worlds.buffers.actions.bytes / 4 },
    (_, i) => (Math.imul(i + 1, 2_654_435_761) >>> 24) - 127,
  );
  worlds.reset(SEED);
  compute.write(worlds.buffers.actions, wheels);
  compute.submit(worlds.stepDispatches, { times: COMPARED_STEPS });
  return new Float32Array((await compute.read(worlds.buffers.observations)).buffer);
}

/** One thread of WASM against a software adapter, in turn; wall clock and CPU time of this process. */
async function againstSoftware(gpu: GPU): Promise<Figure[]> {
  using software = await openCompute({ target: 'webgpu', allowSoftwareAdapter: true, gpu });
  if (!/swiftshader/i.test(software.device)) throw new Error(`No SwiftShader: ${software.device}`);
  using wasm = await openWasm({ threadCount: 1 });
  using worldsOfSoftware = await worldsOn(software, SOFTWARE_WORLDS);
  using worldsOfWasm = await worldsOn(wasm, SOFTWARE_WORLDS);
  const a = await seen(software, worldsOfSoftware);
  const b = await seen(wasm, worldsOfWasm);
  let apart = 0;
  b.forEach((value, i) => (apart += differenceOf(a[i]!, value) > TOLERANCE ? 1 : 0));
  console.error(`${software.device}: ${apart} of ${b.length} observations apart`);
  if (apart > APART_SHARE_MAX * b.length) throw new Error('SwiftShader and WASM differ.');
  const few = { times: STEPS_PER_SUBMISSION, worldCount: SOFTWARE_WORLDS };
  const many = { times: 8 * STEPS_PER_SUBMISSION, worldCount: SOFTWARE_WORLDS };
  await speedOf(wasm, worldsOfWasm.stepDispatches, many);
  const pairs: [software: Speed, wasm: Speed][] = [];
  for (let n = 0; n < REPETITIONS; n++) {
    pairs.push([
      await speedOf(software, worldsOfSoftware.stepDispatches, few),
      await speedOf(wasm, worldsOfWasm.stepDispatches, many),
    ]);
  }
  const of = (name: string, unit: string, value: (s: Speed, w: Speed) => number) =>
    figureOf(
      name,
      unit,
      pairs.map(([s, w]) => value(s, w)),
    );
  return [
    of('soccer3v3.wasm1.overSwiftShader', 'times, CPU time', (s, w) => w.cpu / s.cpu),
    of('soccer3v3.wasm1.overSwiftShaderWall', 'times, wall clock', (s, w) => w.wall / s.wall),
    of('soccer3v3.swiftShader.stepsPerSecond', '1/s, wall clock', (s) => s.wall),
    of('soccer3v3.swiftShader.stepsPerCpuSecond', '1/s, CPU time', (s) => s.cpu),
  ];
}

/** An adapter by the wall clock: steps with and without observations. */
async function onAdapter(gpu: GPU, isSoftware: boolean): Promise<Figure[]> {
  using compute = await openCompute({ target: 'webgpu', allowSoftwareAdapter: isSoftware, gpu });
  console.error(compute.device);
  const worldCount = isSoftware ? SOFTWARE_WORLDS : GPU_WORLDS;
  using worlds = await worldsOn(compute, worldCount);
  worlds.reset(SEED);
  const work = { times: STEPS_PER_SUBMISSION, worldCount };
  const measured = async (what: string, dispatches: readonly Dispatch[]) => {
    await speedOf(compute, dispatches, work);
    const speeds: number[] = [];
    for (let n = 0; n < REPETITIONS; n++) {
      speeds.push((await speedOf(compute, dispatches, work)).wall);
    }
    const adapter = isSoftware ? 'software' : 'webgpu';
    return figureOf(`soccer3v3.${adapter}${worldCount}.${what}`, '1/s', speeds);
  };
  return [
    await measured('stepsPerSecond', worlds.stepDispatches),
    await measured('unseenStepsPerSecond', [worlds.dispatches.step]),
  ];
}

async function figures(): Promise<Figure[]> {
  const what = process.argv[2];
  if (what === 'swiftshader') return againstSoftware(create(['backend=vulkan']));
  const isSoftware = what === 'software-gpu';
  try {
    return await onAdapter(create(isSoftware ? ['backend=vulkan'] : []), isSoftware);
  } catch (error) {
    if (!(error instanceof NoTargetError)) throw error;
    console.error(`No GPU figures: ${error.message}`);
    return [];
  }
}

console.log(JSON.stringify(await figures()));
process.exit(0); // Dawn's own threads may keep a process alive

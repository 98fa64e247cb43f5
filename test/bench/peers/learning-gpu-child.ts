/**
 * The steps on WebGPU in Node (Dawn) beside jax-js and tfjs on the same adapter, in turn: on SwiftShader
 * ('swiftshader', where the environment says its driver lies) or on a real GPU ('gpu').
 */
import { NoTargetError, openCompute } from '@dreampitch/compute';
import type { Compute } from '@dreampitch/compute';
import { create, globals } from 'webgpu';
import { type Figure, figureOf } from '../figure.ts';
import { ownStep } from '../learning-steps/own-step.ts';
import { STEPS, valuesOf } from '../learning-steps/steps.ts';
import { inTurn, medianOf, type Seconds, stepContestant } from '../learning-steps/timed.ts';
import { findTfjsModules } from './node-tfjs.ts';
import type { PeerStep, StepName, StepValues } from './peer-step.ts';

const isSoftware = process.argv[2] === 'swiftshader';
const LOSS_DIFFERENCE_MAX = 1e-3;
const COMPARED_STEPS = 3;
const COUNTED_STEPS = 5;

let submitCount = 0;

/** What a page has: `navigator.gpu`, the names of WebGPU, and a count of submissions. */
function provideWebGpu(): GPU {
  const gpu = create(isSoftware ? ['backend=vulkan'] : []);
  Object.assign(globalThis, globals, { window: globalThis });
  Object.defineProperty(navigator, 'gpu', { value: gpu });
  const { prototype } = GPUQueue;
  const submit = Object.getOwnPropertyDescriptor(prototype, 'submit')!.value as GPUQueue['submit'];
  prototype.submit = function counted(this: GPUQueue, buffers) {
    submitCount++;
    return submit.call(this, buffers);
  };
  return gpu;
}

type Peers = Readonly<Record<'jaxJs' | 'tfjs', (name: StepName, values: StepValues) => PeerStep>>;

/** Both libraries, or fewer, with the reason in words. */
async function openPeers(): Promise<Partial<Peers>> {
  const peers: Partial<Record<keyof Peers, Peers[keyof Peers]>> = {};
  try {
    const { defaultDevice, init } = await import('@jax-js/jax');
    if (!(await init('webgpu')).includes('webgpu')) throw new Error('no WebGPU backend here');
    defaultDevice('webgpu');
    peers.jaxJs = (await import('./jax-steps.ts')).jaxStep;
  } catch (error) {
    console.error(`jax-js does not run on WebGPU here: ${String(error)}`);
  }
  try {
    findTfjsModules();
    const tf = await import('@tensorflow/tfjs-core');
    await import('@tensorflow/tfjs-core/dist/register_all_gradients.js');
    await import('@tensorflow/tfjs-backend-webgpu');
    if (!(await tf.setBackend('webgpu'))) throw new Error('its WebGPU backend does not start');
    peers.tfjs = (await import('./tf-steps.ts')).tfStep;
  } catch (error) {
    console.error(`tfjs does not run on WebGPU here: ${String(error)}`);
  }
  return peers;
}

/** The first loss must agree; what differs later is said. */
async function checkLosses(label: string, own: readonly number[], peer: PeerStep): Promise<void> {
  for (const [i, wanted] of own.entries()) {
    peer.run(1);
    const loss = await peer.loss();
    const fits = Math.abs(loss - wanted) <= LOSS_DIFFERENCE_MAX * Math.max(1, Math.abs(wanted));
    console.error(`${label}: loss ${i}: ours ${wanted.toPrecision(6)}, ${loss.toPrecision(6)}`);
    if (!fits && i === 0) throw new Error(`${label} computes something else.`);
    if (!fits) console.error(`${label}: its gradients differ from ours and the others'.`);
  }
}

async function stepFigures(
  compute: Compute,
  name: StepName,
  peers: Partial<Peers>,
): Promise<Figure[]> {
  const step = STEPS[name]();
  using own = await ownStep(compute, step);
  const losses = [await own.loss()];
  for (let i = 1; i < COMPARED_STEPS; i++) {
    own.run(1);
    losses.push(await own.loss());
  }
  submitCount = 0;
  for (let i = 0; i < COUNTED_STEPS; i++) own.run(1);
  await own.finished();
  const figures = [
    figureOf(`${name}.webgpu.submitsPerStep`, 'submissions', [submitCount / COUNTED_STEPS]),
  ];
  const steps: Record<string, PeerStep> = { own };
  for (const [peer, make] of Object.entries(peers)) {
    try {
      const made = make(name, valuesOf(step));
      await checkLosses(`${name}, ${peer}`, losses, made);
      steps[peer] = made;
    } catch (error) {
      console.error(`No figures of ${name} on ${peer}: ${String(error)}`);
    }
  }
  const contestants = Object.entries(steps).map(([key, one]) => [key, stepContestant(one)]);
  const measured = await inTurn(Object.fromEntries(contestants));
  const wall = (all: readonly Seconds[]) => all.map((one) => one.wall);
  const ours = wall(measured['own']!);
  figures.push(
    figureOf(
      `${name}.webgpu.milliseconds`,
      'ms',
      ours.map((one) => one * 1e3),
    ),
  );
  for (const [peer, all] of Object.entries(measured)) {
    if (peer === 'own') continue;
    const over = `${name}.webgpu.over${peer[0]!.toUpperCase()}${peer.slice(1)}`;
    const median = medianOf(wall(all));
    figures.push(
      figureOf(
        over,
        'times',
        ours.map((one) => median / one),
      ),
    );
  }
  return figures;
}

async function figures(): Promise<Figure[]> {
  const gpu = provideWebGpu();
  let compute: Compute;
  try {
    compute = await openCompute({ target: 'webgpu', allowSoftwareAdapter: isSoftware, gpu });
  } catch (error) {
    if (isSoftware || !(error instanceof NoTargetError)) throw error;
    console.error(`No GPU figures: ${error.message}`);
    return [];
  }
  console.error(compute.device);
  const peers = await openPeers();
  const all: Figure[] = [];
  for (const name of ['mlp', 'transformer', 'vae'] as const) {
    all.push(...(await stepFigures(compute, name, peers)));
  }
  if (!isSoftware) for (const one of all) one.name = one.name.replace('webgpu', 'gpu');
  return all;
}

console.log(JSON.stringify(await figures()));
process.exit(0); // Dawn's own threads may keep a process alive

/** Every environment on WebGPU and on WASM: stepped from the same states, they agree. */
import { openCompute, openWasm } from '@dreampitch/compute';
import type { Compute } from '@dreampitch/compute';
import { expect, test } from 'vitest';
import { cartPole } from '../classic/classic.ts';
import { idlePolicy, randomPolicy, scriptedPolicy } from '../policy/policies.ts';
import { soccer } from '../soccer/soccer.ts';
import { environmentText, parseEnvironment } from './environment-file.ts';
import { randomised } from './randomise.ts';
import { environments } from './registry.ts';
import { pcgHash } from './seeds.ts';
import { sample } from './spaces.ts';
import { VectorEnvironment } from './vector-environment.ts';
import type { Environment } from './environment.ts';

const N = 64; // a whole workgroup on both targets
const STEPS = 12;
const TOLERANCE = 1e-3;
/** Contacts may begin a substep earlier on one side. */
const APART_MAX = 0.005;

async function bytesOf(worlds: VectorEnvironment, name: 'worlds' | 'observations' | 'rewards') {
  return worlds.compute.read(worlds.buffers[name]);
}

const drawn = randomised(soccer(1), { ROBOT_MASS: [0.1, 0.3] });
const cases: [string, Environment][] = [
  ...environments().map((environment): [string, Environment] => [environment.id, environment]),
  ['soccer-1v1 with drawn parameters', drawn],
];

test.each(cases)('%s', async (_, environment) => {
  using gpu = await openCompute({ target: 'webgpu', allowSoftwareAdapter: true });
  using wasm = await openWasm({ threadCount: 1 });
  const create = (compute: Compute) =>
    VectorEnvironment.create(compute, environment, { worldCount: N });
  using there = await create(gpu);
  using here = await create(wasm);
  there.reset(5);
  here.reset(5);
  let apart = 0;
  for (let step = 0; step < STEPS; step++) {
    let draws = 1000 * step;
    const numbers = Array.from({ length: N * environment.agentCount }, () =>
      sample(environment.actionSpace, () => pcgHash(draws++) * 2 ** -32),
    ).flat();
    const space = environment.actionSpace;
    const floats = space.kind === 'box' && space.type === 'f32';
    const actions = floats ? Float32Array.from(numbers) : Int32Array.from(numbers);
    gpu.write(there.buffers.worlds, await bytesOf(here, 'worlds'));
    for (const worlds of [there, here]) {
      worlds.compute.write(worlds.buffers.actions, actions);
      worlds.step();
    }
    for (const name of ['observations', 'rewards'] as const) {
      const discrete = name === 'observations' && environment.observationSpace.kind === 'discrete';
      const [a, b] = [await bytesOf(there, name), await bytesOf(here, name)].map((bytes) =>
        discrete ? new Int32Array(bytes.buffer) : new Float32Array(bytes.buffer),
      );
      a!.forEach((value, i) => {
        const off = Math.abs(value - b![i]!) / Math.max(1, Math.abs(b![i]!));
        if (!(off <= TOLERANCE)) apart++;
      });
    }
  }
  const count = STEPS * N * environment.agentCount * (here.observationSize + 1);
  expect(apart / count).toBeLessThanOrEqual(APART_MAX);
});

test.each([scriptedPolicy, idlePolicy, randomPolicy(4)])('policy $name', async (policy) => {
  using gpu = await openCompute({ target: 'webgpu', allowSoftwareAdapter: true });
  using wasm = await openWasm({ threadCount: 1 });
  const actionsOn = async (compute: Compute) => {
    const disturbance = { actionDelaySteps: 1, observationNoise: 0.01 };
    using worlds = await VectorEnvironment.create(compute, soccer(2), {
      worldCount: N,
      disturbance,
    });
    worlds.reset(3);
    const agents = Uint32Array.from({ length: 4 * N }, (_, agent) => agent);
    using attached = await policy.attach(worlds, agents);
    compute.submit(attached.dispatches);
    return new Int32Array((await compute.read(worlds.buffers.actions)).buffer);
  };
  const [a, b] = [await actionsOn(gpu), await actionsOn(wasm)];
  let apart = 0;
  a.forEach((value, i) => {
    if (Math.abs(value - b[i]!) > 1) apart++;
  });
  // Where two plans are about as good, rounding may choose the other one.
  expect(apart / a.length).toBeLessThanOrEqual(0.02);
});

test.each(['webgpu', 'wasm'] as const)(
  'a text of somebody else that never ends is stopped on %s, and worlds beside it go on',
  async (target) => {
    using compute =
      target === 'webgpu'
        ? await openCompute({ target, allowSoftwareAdapter: true })
        : await openWasm({ threadCount: 1 });
    const text = environmentText(cartPole);
    const piece = 'let old = *state;';
    const line = text.slice(0, text.indexOf(piece)).split('\n').length;
    const endless = text.replace(piece, `var i = 0u; while (i < 5u) { i &= 3u; } ${piece}`);
    const stepped = async (given: string) => {
      const parsed = parseEnvironment(given);
      if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
      const { environment } = parsed;
      using worlds = await VectorEnvironment.create(compute, environment, { worldCount: 64 });
      worlds.reset(1);
      worlds.step();
      return new Uint32Array((await compute.read(worlds.buffers.ends)).buffer);
    };
    await expect(stepped(endless)).rejects.toThrow(`the loop in line ${line}`);
    expect((await stepped(text)).every((end) => end === 0)).toBe(true);
  },
);

test('states are set on WebGPU as on WASM, and worlds begin there', async () => {
  using gpu = await openCompute({ target: 'webgpu', allowSoftwareAdapter: true });
  using wasm = await openWasm({ threadCount: 1 });
  const states = Array.from({ length: 5 }, (_, n) => [0.01 * n, 0.1, -0.02 * n, 0.3]);
  const seenOn = async (compute: Compute) => {
    using worlds = await VectorEnvironment.create(compute, cartPole, { worldCount: 5 });
    await worlds.setStates(states);
    const first = new Float32Array((await bytesOf(worlds, 'observations')).buffer);
    expect([...first.subarray(0, 20)]).toEqual(states.flat().map(Math.fround));
    worlds.step();
    return new Float32Array((await bytesOf(worlds, 'observations')).buffer).slice(0, 20);
  };
  const [there, here] = [await seenOn(gpu), await seenOn(wasm)];
  there.forEach((value, i) => expect(value).toBeCloseTo(here[i]!, 5));
});

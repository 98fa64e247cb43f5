import { openWasm, type WasmCompute } from '@dreampitch/compute';
import { environmentById } from '@dreampitch/sim';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Program } from '../tensor/program.ts';
import {
  decodePolicy,
  encodePolicy,
  policyGraph,
  type PolicyNetwork,
  type PolicyOutput,
} from './policy-network.ts';
import { algorithmById } from './registry.ts';

let compute: WasmCompute;
beforeAll(async () => {
  compute = await openWasm({ threadCount: 1 });
});
afterAll(() => compute[Symbol.dispose]());

test.each<[PolicyOutput, readonly number[]]>([
  ['choice', [0, 1, 0]],
  ['clamped', [1, -1, -1, 1, 0.25, -0.25]],
  ['squashed', [3, -3, -1.5, 1.5, 0.25, -0.25].map(Math.tanh)],
  ['limited', [2, -2, -1.5, 1.5, 0.25, -0.25].map(Math.tanh)],
])('an output that is %s', async (output, wanted) => {
  const network = { sizes: [1, 2], activation: 'relu', output } as const;
  const { observations, action } = policyGraph(network, 3);
  expect(observations.shape).toEqual([3, 1]);
  using program = await Program.create(compute, { outputs: { action } });
  program.write('0.weight', Float32Array.of(1, -1));
  program.write('0.bias', new Float32Array(2));
  program.write('observations', Float32Array.of(3, -1.5, 0.25));
  program.run();
  const got = await program.read('action');
  expect(got.length).toBe(wanted.length);
  wanted.forEach((value, i) => expect(got[i]).toBeCloseTo(value, 5));
});

async function networkWith(options: object): Promise<PolicyNetwork> {
  const environment = environmentById('Pendulum-v1')!;
  using run = await algorithmById('sac')!.create(compute, { environment, options, seed: 1 });
  return await run.policyNetwork();
}

test('with noise that is held it plays within the means that it trains with', async () => {
  const small = { hidden: [4], capacity: 1000 };
  expect((await networkWith({ ...small, noiseSteps: 8 })).output).toBe('limited');
  const network = await networkWith(small);
  expect(network.output).toBe('squashed');
  expect(decodePolicy(encodePolicy(network))).toMatchObject({ ok: true, network });
  const unknown = { ...network, output: 'other' as PolicyOutput };
  expect(decodePolicy(encodePolicy(unknown))).toMatchObject({ ok: false, reason: 'corrupt' });
});

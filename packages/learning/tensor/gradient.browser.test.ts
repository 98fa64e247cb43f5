import { type Compute, openCompute } from '@dreampitch/compute';
import { afterAll, beforeAll, test } from 'vitest';
import { expectGradients } from './expect-gradients.ts';
import { EDGE_CASES, expectEdge } from './edge-cases.ts';
import { GRADIENT_CASES } from './gradient-cases.ts';

let compute: Compute;
beforeAll(async () => {
  compute = await openCompute({ target: 'webgpu', allowSoftwareAdapter: true });
});
afterAll(() => compute[Symbol.dispose]());

const SEEDS = [31, 50_021];

test.each(Object.entries(GRADIENT_CASES))(
  'on WebGPU, the gradient of %s is what finite differences say',
  async (_, build) => {
    for (const seed of SEEDS) await expectGradients(compute, { build, seed });
  },
);

test.each(Object.entries(EDGE_CASES))('on WebGPU, %s', (_, edge) => expectEdge(compute, edge));

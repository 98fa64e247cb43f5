import { openWasm, type WasmCompute } from '@dreampitch/compute';
import { afterAll, beforeAll, test } from 'vitest';
import { EDGE_CASES, expectEdge } from './edge-cases.ts';
import { expectGradients } from './expect-gradients.ts';
import { GRADIENT_CASES } from './gradient-cases.ts';

let compute: WasmCompute;
beforeAll(async () => {
  compute = await openWasm({ threadCount: 1 });
});
afterAll(() => compute[Symbol.dispose]());

const SEEDS = [11, 223, 3347, 50_021, 611_953, 7_654_321];

test.each(Object.entries(GRADIENT_CASES))(
  'in random shapes, the gradient of %s is what finite differences say',
  async (_, build) => {
    for (const seed of SEEDS) await expectGradients(compute, { build, seed });
  },
);

test.each(Object.entries(EDGE_CASES))('%s', (_, edge) => expectEdge(compute, edge));

import { openWasm, type WasmCompute } from '@dreampitch/compute';
import { afterAll, beforeAll, test } from 'vitest';
import { type Case, expectCase } from './pytorch-cases.ts';
import {
  expectClipping,
  expectOptimiser,
  type OptimiserCase,
} from './pytorch-optimisers.ts';
import reference from './pytorch/operators.json' with { type: 'json' };

let compute: WasmCompute;
beforeAll(async () => {
  compute = await openWasm({ threadCount: 1 });
});
afterAll(() => compute[Symbol.dispose]());

test.each((reference.cases as unknown as Case[]).map((c) => [c.name, c] as const))(
  'on WASM, %s and its gradients are what PyTorch computes',
  (_, c) => expectCase(compute, c),
);

test.each((reference.optimizers as unknown as OptimiserCase[]).map((c) => [c.name, c] as const))(
  'on WASM, %s takes the steps that PyTorch takes',
  (_, c) => expectOptimiser(compute, c),
);

test('on WASM, gradients are clipped by their norm as PyTorch clips them', () =>
  expectClipping(compute, reference.clipGradientNorm));

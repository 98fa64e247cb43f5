import { type Compute, openCompute } from '@dreampitch/compute';
import { afterAll, beforeAll, test } from 'vitest';
import { expectLoops } from './expect-loops.ts';
import { expectTraining } from './expect-training.ts';
import { HALF_CASES } from './half-cases.ts';
import { NOT_FINITE_CASES } from './not-finite-cases.ts';

let compute: Compute;
beforeAll(async () => {
  compute = await openCompute({ target: 'webgpu', allowSoftwareAdapter: true });
});
afterAll(() => compute[Symbol.dispose]());

for (const [name, expectation] of Object.entries(expectLoops)) {
  test(`on WebGPU, ${name}`, () => expectation(compute));
}

test.each(NOT_FINITE_CASES)('on WebGPU, found: %s', (_, expectation) => expectation(compute));

test('on WebGPU, 300 steps leave the memory flat; the same seed gives the same weights', () =>
  expectTraining(compute));

test.each(HALF_CASES)('on WebGPU, %s', (_, expectation) => expectation(compute));

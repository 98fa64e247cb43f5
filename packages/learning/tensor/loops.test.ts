import { openWasm, type WasmCompute } from '@dreampitch/compute';
import { afterAll, beforeAll, test } from 'vitest';
import { expectLoops } from './expect-loops.ts';
import { HALF_CASES } from './half-cases.ts';
import { NOT_FINITE_CASES } from './not-finite-cases.ts';

let compute: WasmCompute;
beforeAll(async () => {
  compute = await openWasm({ threadCount: 1 });
});
afterAll(() => compute[Symbol.dispose]());

for (const [name, expectation] of Object.entries(expectLoops)) {
  test(name, () => expectation(compute));
}

test.each(NOT_FINITE_CASES)('found: %s', (_, expectation) => expectation(compute));

test.each(HALF_CASES)('%s', (_, expectation) => expectation(compute));

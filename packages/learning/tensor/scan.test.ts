import { openWasm, type WasmCompute } from '@dreampitch/compute';
import { afterAll, beforeAll, test } from 'vitest';
import { expectLoops } from './expect-loops.ts';

let compute: WasmCompute;
beforeAll(async () => {
  compute = await openWasm({ threadCount: 1 });
});
afterAll(() => compute[Symbol.dispose]());

for (const [name, expectation] of Object.entries(expectLoops)) {
  test(name, () => expectation(compute));
}

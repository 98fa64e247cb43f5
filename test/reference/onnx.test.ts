import { openWasm } from '@dreampitch/compute';
import * as ort from 'onnxruntime-node';
import { test } from 'vitest';
import { expectRoundTrip, expectSame, ONNX_CASES, runner } from './onnx-cases.ts';

test.each(ONNX_CASES)('onnxruntime-node computes what we do: $name', async (c) => {
  using compute = await openWasm();
  await expectSame(compute, c, runner(ort));
});

const readable = ONNX_CASES.filter(({ name }) => !/^(random numbers|loops)/.test(name));
test.each(readable)('what is written is read back: $name', async (c) => {
  using compute = await openWasm();
  await expectRoundTrip(compute, c);
});

import { openWasm } from '@dreampitch/compute';
import * as ort from 'onnxruntime-node';
import { test } from 'vitest';
import { expectSame, ONNX_CASES, runner } from './onnx-cases.ts';

test.each(ONNX_CASES)('onnxruntime-node computes what we do: $name', async (c) => {
  using compute = await openWasm();
  await expectSame(compute, c, runner(ort));
});

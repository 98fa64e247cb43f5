import { openWasm } from '@dreampitch/compute';
import * as ort from 'onnxruntime-web/wasm';
import wasmUrl from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url';
import { test } from 'vitest';
import { expectSame, ONNX_CASES, runner } from './onnx-cases.ts';

ort.env.wasm.wasmPaths = { wasm: wasmUrl };
ort.env.wasm.numThreads = 1;

test.each(ONNX_CASES)('onnxruntime-web computes what we do: $name', async (c) => {
  using compute = await openWasm();
  await expectSame(compute, c, runner(ort));
});

/** A WebAssembly module of one function, as compute's kernels are. */
import { wasmName, wasmSection } from '@dreampitch/compute';

const MAGIC = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const I32 = 0x7f;
const MEMORY_PAGES_MAX = 65_536;

/** Around a body (firstGroup, endGroup, table) with its locals. */
export function moduleOf(
  body: readonly number[],
  o: { entry: string; sharedMemory: boolean },
): Uint8Array<ArrayBuffer> {
  return Uint8Array.from([
    ...MAGIC,
    ...wasmSection(1, (code) => code.op(1, 0x60, 3, I32, I32, I32, 0)),
    ...wasmSection(2, (code) => {
      code.op(1);
      wasmName(code, 'env');
      wasmName(code, 'memory');
      code.op(2, o.sharedMemory ? 3 : 1);
      code.memory(1, MEMORY_PAGES_MAX);
    }),
    ...wasmSection(3, (code) => code.op(1, 0)),
    ...wasmSection(7, (code) => {
      code.op(1);
      wasmName(code, o.entry);
      code.op(0, 0);
    }),
    ...wasmSection(10, (code) => {
      code.op(1);
      code.unsigned(body.length);
      code.op(...body);
    }),
  ]);
}

/** A WebAssembly module of one function, as compute's kernels are. */
import { WasmCode, wasmName, wasmSection } from '@dreampitch/compute';

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

/** Parameters of the function: the groups from GROUP to before END, and the table of what it is given. */
export const [GROUP, END, TABLE] = [0, 1, 2] as const;
const [LESS, LOAD_I32] = [0x49, 0x28] as const;

/** How a body begins: its locals behind the parameters, so many of each type. */
export function headOf(...counts: readonly (readonly [count: number, type: number])[]): WasmCode {
  const head = new WasmCode();
  head.op(counts.length);
  for (const [count, type] of counts) {
    head.unsigned(count);
    head.op(type);
  }
  return head;
}

/** Instructions in phrases; locals are i32 and named by their numbers. */
export class WasmWriter {
  readonly code = new WasmCode();

  /** All of a function: this for every group. */
  forEachGroup(body: () => void): void {
    this.while(
      () => this.compare(GROUP, END, LESS),
      () => {
        body();
        this.increase(GROUP, 1);
      },
    );
    this.code.op(0x0b);
  }

  /** A local becomes what the table has at a word. */
  pointer(local: number, word: number): void {
    this.code.get(TABLE);
    this.load(LOAD_I32, 4 * word);
    this.code.set(local);
  }

  /** A load or store of 4 bytes. */
  load(opcode: number, offset: number): void {
    this.code.op(opcode);
    this.code.memory(0, offset);
  }

  simdMemory(opcode: number, offset: number): void {
    this.code.simd(opcode);
    this.code.memory(0, offset);
  }

  increase(local: number, by: number): void {
    if (by === 0) return;
    this.code.get(local);
    this.code.i32(by);
    this.code.op(0x6a);
    this.code.set(local);
  }

  addProduct(local: number, factor: number, by: number): void {
    this.code.get(local);
    this.code.get(factor);
    this.code.i32(by);
    this.code.op(0x6c, 0x6a);
    this.code.set(local);
  }

  compare(a: number, b: number, opcode: number): void {
    this.code.get(a);
    this.code.get(b);
    this.code.op(opcode);
  }

  compareConstant(a: number, value: number, opcode: number): void {
    this.code.get(a);
    this.code.i32(value);
    this.code.op(opcode);
  }

  ifElse(then: () => void, otherwise: () => void): void {
    this.code.op(0x04, 0x40);
    then();
    this.code.op(0x05);
    otherwise();
    this.code.op(0x0b);
  }

  while(condition: () => void, body: () => void): void {
    this.code.op(0x02, 0x40, 0x03, 0x40);
    condition();
    this.code.op(0x45, 0x0d, 1);
    body();
    this.code.op(0x0c, 0, 0x0b, 0x0b);
  }

  /** The body as often as the counter, an i32 local, says; none where that is 0. */
  countDown(counter: number, body: () => void): void {
    this.code.get(counter);
    this.code.op(0x04, 0x40, 0x03, 0x40);
    body();
    this.code.get(counter);
    this.code.i32(1);
    this.code.op(0x6b);
    this.code.tee(counter);
    this.code.op(0x0d, 0, 0x0b, 0x0b);
  }

  /** The body if a condition holds. */
  when(condition: () => void, body: () => void): void {
    condition();
    this.code.op(0x04, 0x40);
    body();
    this.code.op(0x0b);
  }
}

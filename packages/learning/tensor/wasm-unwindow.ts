/**
 * Shares of sliding windows, put back where the windows looked, on WASM: plane by plane, one place of
 * the window after the other, as their sum is written. A text that asks of every element which windows
 * saw it takes seven times as long.
 */
import type { HandWritten } from '@dreampitch/compute';
import type { Axis } from './wasm-layout.ts';
import { GROUP, headOf, moduleOf, TABLE, WasmWriter } from './wasm-module.ts';
import { pushOffset } from './wasm-pack.ts';

export type UnwindowShape = {
  readonly planes: number;
  /** Of a share: how many windows there are. */
  readonly rows: number;
  readonly columns: number;
  /** Of the result. */
  readonly height: number;
  readonly width: number;
  /** From window to window. */
  readonly steps: readonly [down: number, beside: number];
  /** Where each share begins, and which place of a window it belongs to. */
  readonly shares: readonly { base: number; inside: readonly [down: number, beside: number] }[];
  /** Where the element of a plane and row lies in a share, and elements from column to column. */
  readonly plane: Axis;
  readonly row: Axis;
  readonly columnStride: number;
};

/** The module; bindings in order: result, source. A group is a plane. */
export function wasmUnwindow(shape: UnwindowShape, entry: string): HandWritten {
  return {
    key: `unwindow ${JSON.stringify(shape)} ${entry}`,
    workgroupSize: [1, 1, 1],
    scratchBytes: 0,
    emit: ({ sharedMemory }) => moduleOf(new UnwindowWriter(shape).body(), { entry, sharedMemory }),
  };
}

const I32 = 0x7f;
const [LOAD_F32, STORE_F32, ADD_F32] = [0x2a, 0x38, 0x92] as const;
const [PLANE, RESULT, ROW, FROM, TO, COUNTER] = [3, 4, 5, 6, 7, 8] as const;
const UNROLL = 8;

class UnwindowWriter extends WasmWriter {
  readonly #shape: UnwindowShape;

  constructor(shape: UnwindowShape) {
    super();
    this.#shape = shape;
  }

  body(): number[] {
    this.forEachGroup(() => this.#plane());
    return headOf([COUNTER - TABLE, I32]).bytes.concat(this.code.bytes);
  }

  #plane(): void {
    const { code } = this;
    const { plane, height, width, shares } = this.#shape;
    this.pointer(RESULT, 4);
    this.addProduct(RESULT, GROUP, 4 * height * width);
    this.pointer(PLANE, 6);
    code.get(PLANE);
    pushOffset(this, plane, GROUP);
    code.op(0x6a);
    code.set(PLANE);
    code.get(RESULT);
    code.i32(0);
    code.i32(4 * height * width);
    code.op(0xfc, 11, 0); // memory.fill
    for (const share of shares) this.#share(share);
  }

  #share({ base, inside }: UnwindowShape['shares'][number]): void {
    const { code } = this;
    const { rows, columns, row, width, steps } = this.#shape;
    code.i32(0);
    code.set(ROW);
    this.while(
      () => this.compareConstant(ROW, rows, 0x49),
      () => {
        code.get(PLANE);
        pushOffset(this, row, ROW);
        code.op(0x6a);
        code.set(FROM);
        this.increase(FROM, 4 * base);
        code.get(RESULT);
        code.set(TO);
        this.addProduct(TO, ROW, 4 * steps[0] * width);
        this.increase(TO, 4 * (inside[0] * width + inside[1]));
        if (columns >= UNROLL) {
          code.i32(Math.floor(columns / UNROLL));
          code.set(COUNTER);
          this.countDown(COUNTER, () => this.#columns(UNROLL));
        }
        this.#columns(columns % UNROLL);
        this.increase(ROW, 1);
      },
    );
  }

  #columns(count: number): void {
    const { code } = this;
    const { columnStride, steps } = this.#shape;
    for (let i = 0; i < count; i++) {
      code.get(TO);
      code.get(TO);
      this.load(LOAD_F32, 4 * steps[1] * i);
      code.get(FROM);
      this.load(LOAD_F32, 4 * columnStride * i);
      code.op(ADD_F32);
      this.load(STORE_F32, 4 * steps[1] * i);
    }
    this.increase(TO, 4 * steps[1] * count);
    this.increase(FROM, 4 * columnStride * count);
  }
}

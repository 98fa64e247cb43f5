/**
 * Pictures with a border of zeros on WASM, row by row: what lies in memory is copied by whole vectors,
 * twice each where it is doubled. A text that asks of every element where it comes from takes ten times
 * as long.
 */
import type { HandWritten } from '@dreampitch/compute';
import { type Axis, strideOf } from './wasm-layout.ts';
import { GROUP, headOf, moduleOf, TABLE, WasmWriter } from './wasm-module.ts';
import { pushOffset } from './wasm-pack.ts';

export type PadShape = {
  readonly planes: number;
  /** Of what is copied, without the border. */
  readonly rows: number;
  readonly columns: number;
  readonly above: number;
  readonly below: number;
  readonly left: number;
  readonly right: number;
  /** Where the element of a plane, row and column lies. */
  readonly base: number;
  readonly plane: Axis;
  readonly row: Axis;
  /** How often each element along a row is written: 1 or 2. */
  readonly repeats: number;
};

/** 1 where columns are side by side in memory, 2 where each is there for two; else null. */
export function repeatsOf(column: Axis): number | null {
  if (strideOf(column) === 1) return 1;
  const [digit, ...others] = column.digits;
  const isDoubled = digit?.divide === 2 && digit.stride === 1 && 2 * digit.modulo >= column.size;
  return isDoubled && others.length === 0 && column.size % 2 === 0 ? 2 : null;
}

/** The module; bindings in order: result, source. A group is a plane. */
export function wasmPad(shape: PadShape, entry: string): HandWritten {
  return {
    key: `pad ${JSON.stringify(shape)} ${entry}`,
    workgroupSize: [1, 1, 1],
    scratchBytes: 0,
    emit: ({ sharedMemory }) => moduleOf(new PadWriter(shape).body(), { entry, sharedMemory }),
  };
}

const I32 = 0x7f;
const V128 = 0x7b;
const [LOAD_I32, STORE_I32] = [0x28, 0x36] as const;
const [LOAD, STORE, SHUFFLE] = [0, 11, 13] as const;

const [PLANE, ROW, FROM, TO, COUNTER, VECTOR] = [3, 4, 5, 6, 7, 8] as const;

/** Vectors that are copied in a turn, and zeros that are written without a loop. */
const UNROLL = 8;
const ZEROS_MAX = 128;
const LANES = 4;

class PadWriter extends WasmWriter {
  readonly #shape: PadShape;

  constructor(shape: PadShape) {
    super();
    this.#shape = shape;
  }

  body(): number[] {
    this.forEachGroup(() => this.#plane());
    return headOf([VECTOR - TABLE - 1, I32], [1, V128]).bytes.concat(this.code.bytes);
  }

  /** Zeros between two rows are written at once, those above and below with the plane's ends. */
  #plane(): void {
    const { code } = this;
    const { rows, columns, above, below, left, right, base, plane, row } = this.#shape;
    const width = left + columns + right;
    const height = above + rows + below;
    this.pointer(TO, 4);
    this.addProduct(TO, GROUP, 4 * width * height);
    this.pointer(PLANE, 6);
    this.increase(PLANE, 4 * base);
    code.get(PLANE);
    pushOffset(this, plane, GROUP);
    code.op(0x6a);
    code.set(PLANE);
    this.#zeros(above * width + left);
    code.i32(0);
    code.set(ROW);
    this.while(
      () => this.compareConstant(ROW, rows, 0x49),
      () => {
        code.get(PLANE);
        pushOffset(this, row, ROW);
        code.op(0x6a);
        code.set(FROM);
        this.#row();
        this.increase(ROW, 1);
        const isBetween = () => this.compareConstant(ROW, rows, 0x49);
        if (left + right > 0) this.when(isBetween, () => this.#zeros(right + left));
      },
    );
    this.#zeros(right + below * width);
  }

  #zeros(count: number): void {
    const { code } = this;
    if (count > ZEROS_MAX) {
      code.get(TO);
      code.i32(0);
      code.i32(4 * count);
      code.op(0xfc, 11, 0); // memory.fill
    } else {
      const whole = count - (count % LANES);
      for (let i = 0; i < whole; i += LANES) {
        code.get(TO);
        code.v128([0, 0, 0, 0]);
        this.simdMemory(STORE, 4 * i);
      }
      for (let i = whole; i < count; i++) {
        code.get(TO);
        code.i32(0);
        this.load(STORE_I32, 4 * i);
      }
    }
    this.increase(TO, 4 * count);
  }

  #row(): void {
    const { columns, repeats } = this.#shape;
    const count = columns / repeats;
    const vectors = Math.floor(count / LANES);
    const copy = (some: number) => {
      for (let i = 0; i < some; i++) this.#vector(i);
      this.increase(FROM, 4 * LANES * some);
      this.increase(TO, 4 * LANES * some * repeats);
    };
    if (vectors >= UNROLL) {
      this.code.i32(Math.floor(vectors / UNROLL));
      this.code.set(COUNTER);
      this.countDown(COUNTER, () => copy(UNROLL));
    }
    copy(vectors % UNROLL);
    const left = count % LANES;
    for (let i = 0; i < left; i++) {
      for (let k = 0; k < repeats; k++) {
        this.code.get(TO);
        this.code.get(FROM);
        this.load(LOAD_I32, 4 * i);
        this.load(STORE_I32, 4 * (i * repeats + k));
      }
    }
    this.increase(TO, 4 * left * repeats);
  }

  #vector(i: number): void {
    const { code } = this;
    if (this.#shape.repeats === 1) {
      code.get(TO);
      code.get(FROM);
      this.simdMemory(LOAD, 4 * LANES * i);
      this.simdMemory(STORE, 4 * LANES * i);
      return;
    }
    code.get(FROM);
    this.simdMemory(LOAD, 4 * LANES * i);
    code.set(VECTOR);
    for (const half of [0, 1]) {
      code.get(TO);
      code.get(VECTOR);
      code.get(VECTOR);
      code.simd(SHUFFLE);
      for (const word of [0, 0, 1, 1]) {
        for (let byte = 0; byte < 4; byte++) code.op(4 * (2 * half + word) + byte);
      }
      this.simdMemory(STORE, 4 * LANES * (2 * i + half));
    }
  }
}

/** Instructions of an epilogue, on four elements at once. */
import type { WasmCode } from '@dreampitch/compute';
import type { Expression } from './epilogue.ts';
import type { MapName } from './tensor.ts';

/** Leaves four elements of the total, or of an operand, on the stack. */
export type Sources = { total(): void; operand(index: number): void };

const ONE_BITS = 0x3f800000;
const bits = new DataView(new ArrayBuffer(4));

/** Scratch that `exp` takes. */
const EXP_LOCALS = 3;

/** Vectors that are the same everywhere, in locals: an engine takes four instructions for each. */
export class Constants {
  readonly #locals = new Map<number, number>();
  readonly #first: number;

  constructor(first: number) {
    this.#first = first;
  }

  get count(): number {
    return this.#locals.size;
  }

  /** The local of a vector of four equal words. */
  local(word: number): number {
    const known = this.#locals.get(word) ?? this.#first + this.#locals.size;
    this.#locals.set(word, known);
    return known;
  }

  /** To be written where the function begins. */
  begin(code: WasmCode): void {
    for (const [word, local] of this.#locals) {
      code.v128([word, word, word, word]);
      code.set(local);
    }
  }
}

type Writing = {
  readonly code: WasmCode;
  readonly constants: Constants;
  readonly spare: number;
  /** A multiplication and an addition in one rounding. */
  readonly relaxed: boolean;
};

/** Writes an expression; what appears in it more than once is kept in a local. */
export class ExpressionWriter {
  readonly #writing: Writing;
  readonly #expression: Expression;
  readonly #shared: ReadonlyMap<Expression, number>;

  /** `spare`: vector locals, `localsOf` of them. */
  constructor(expression: Expression, writing: Writing) {
    this.#writing = writing;
    this.#expression = expression;
    const first = writing.spare + EXP_LOCALS;
    this.#shared = new Map(sharedIn(expression).map((one, i) => [one, first + i]));
  }

  write(sources: Sources): void {
    this.#write(this.#expression, sources, new Set());
  }

  #write(expression: Expression, sources: Sources, known: Set<Expression>): void {
    const local = this.#shared.get(expression);
    const { code } = this.#writing;
    if (local !== undefined && known.has(expression)) {
      code.get(local);
      return;
    }
    this.#compute(expression, sources, known);
    if (local === undefined) return;
    code.tee(local);
    known.add(expression);
  }

  #compute(expression: Expression, sources: Sources, known: Set<Expression>): void {
    switch (expression.kind) {
      case 'total':
        sources.total();
        return;
      case 'operand':
        sources.operand(expression.index);
        return;
      case 'constant':
        splat(this.#writing, expression.value);
        return;
      case 'map': {
        const { name, inputs } = expression;
        const product = this.#writing.relaxed && name === 'add' ? this.#product(inputs) : null;
        if (product) {
          for (const one of product) this.#write(one, sources, known);
          this.#writing.code.simd(RELAXED_MADD);
          return;
        }
        // The condition of `where` comes last, as the instruction takes it.
        const ordered = name === 'where' ? [inputs[1]!, inputs[2]!, inputs[0]!] : inputs;
        for (const input of ordered) this.#write(input, sources, known);
        writeMap(this.#writing, name);
        return;
      }
      default:
        throw new Error(`unreachable: ${String(expression satisfies never)}`);
    }
  }

  /** Two factors and a term, where one of two terms is a product that is used only here. */
  #product(terms: readonly Expression[]): readonly Expression[] | null {
    for (const [i, term] of terms.entries()) {
      if (term.kind !== 'map' || term.name !== 'multiply' || this.#shared.has(term)) continue;
      return [...term.inputs, terms[1 - i]!];
    }
    return null;
  }
}

export function localsOf(expression: Expression): number {
  return EXP_LOCALS + sharedIn(expression).length;
}

function sharedIn(expression: Expression): Expression[] {
  const seen = new Set<Expression>();
  const shared = new Set<Expression>();
  const visit = (one: Expression) => {
    if (one.kind === 'total' || one.kind === 'constant') return;
    if (seen.has(one)) {
      shared.add(one);
      return;
    }
    seen.add(one);
    if (one.kind === 'map') for (const input of one.inputs) visit(input);
  };
  visit(expression);
  return [...shared];
}

function splat({ code, constants }: Writing, value: number): void {
  bits.setFloat32(0, value, true);
  code.get(constants.local(bits.getInt32(0, true)));
}

/** WebAssembly's, of four elements at once. */
const INSTRUCTIONS: Partial<Record<MapName, number>> = {
  add: 0xe4,
  subtract: 0xe5,
  multiply: 0xe6,
  divide: 0xe7,
  minimum: 0xea, // pmin: b < a ? b : a, as kernels have it, of NaN and zeros too
  maximum: 0xeb,
  negate: 0xe1,
  abs: 0xe0,
  sqrt: 0xe3,
  less: 0x43,
  equal: 0x41,
};

function writeMap(writing: Writing, name: MapName): void {
  const { code, constants, spare } = writing;
  if (name === 'where') {
    splat(writing, 0);
    code.simd(0x42); // not equal
    code.simd(0x52); // bitselect
    return;
  }
  if (name === 'exp') {
    writeExp(writing);
    return;
  }
  if (name === 'tanh') {
    writeTanh(writing);
    return;
  }
  if (name === 'sigmoid') {
    code.simd(NEGATE);
    writeExp(writing);
    splat(writing, 1);
    code.simd(ADD);
    code.set(spare);
    splat(writing, 1);
    code.get(spare);
    code.simd(DIVIDE);
    return;
  }
  const instruction = INSTRUCTIONS[name];
  if (instruction === undefined) throw new Error(`No instruction for ${name} in an epilogue.`);
  code.simd(instruction);
  if (name !== 'less' && name !== 'equal') return;
  code.get(constants.local(ONE_BITS));
  code.simd(0x4e); // and: 1 where the comparison holds
}

/** x * factor + term, of the x on the stack. */
function multiplyAdd({ code, relaxed }: Writing, o: { factor(): void; term(): void }): void {
  o.factor();
  if (!relaxed) code.simd(MULTIPLY);
  o.term();
  code.simd(relaxed ? RELAXED_MADD : ADD);
}

const [ADD, SUBTRACT, MULTIPLY, DIVIDE, NEGATE, NEAREST, RELAXED_MADD] = [
  0xe4, 0xe5, 0xe6, 0xe7, 0xe1, 0x6a, 0x105,
] as const;
const [PMIN, PMAX, LESS, AND_NOT] = [0xea, 0xeb, 0x43, 0x4f] as const;
/** What is below has a denormal exponential, which counts as 0. */
const LEAST = -87.33;
const [SHIFT_LEFT, SHIFT_RIGHT, ADD_I32, SUBTRACT_I32] = [0xab, 0xac, 0xae, 0xb1] as const;
const POLYNOMIAL = [
  1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1,
  5.0000001201e-1,
];

/** `tensorExp` of elementary.wgsl, in its order, of the vector on the stack. */
function writeExp(writing: Writing): void {
  const { code, constants, spare } = writing;
  const [k, r, x] = [spare, spare + 1, spare + 2];
  const then = (value: number, instruction: number) => {
    splat(writing, value);
    code.simd(instruction);
  };
  const word = (value: number) => code.get(constants.local(value));
  code.tee(x);
  // pmin(a, b) is b < a ? b : a, which keeps a NaN.
  then(89, PMIN);
  then(LEAST, PMAX);
  code.tee(r);
  then(Math.LOG2E, MULTIPLY);
  code.simd(NEAREST);
  code.set(k);
  code.get(k);
  multiplyAdd(writing, {
    factor: () => splat(writing, 2.1219444e-4),
    term: () => {
      code.get(r);
      code.get(k);
      then(0.693359375, MULTIPLY);
      code.simd(SUBTRACT);
    },
  });
  code.set(r);
  writePolynomial(writing, POLYNOMIAL, r);
  code.get(r);
  code.simd(MULTIPLY);
  multiplyAdd(writing, { factor: () => code.get(r), term: () => code.get(r) });
  then(1, ADD);
  // 2^k as two factors, from the low bits of k + 1.5 * 2^23.
  code.get(k);
  then(12_582_912, ADD);
  word(0x4b400000);
  code.simd(SUBTRACT_I32);
  code.tee(k);
  code.i32(1);
  code.simd(SHIFT_RIGHT);
  code.tee(r);
  writePower(writing);
  code.simd(MULTIPLY);
  code.get(k);
  code.get(r);
  code.simd(SUBTRACT_I32);
  writePower(writing);
  code.simd(MULTIPLY);
  code.get(x);
  then(LEAST, LESS);
  code.simd(AND_NOT);
}

/** Coefficients from the highest power of a local down. */
function writePolynomial(writing: Writing, coefficients: readonly number[], of: number): void {
  splat(writing, coefficients[0]!);
  for (const coefficient of coefficients.slice(1)) {
    multiplyAdd(writing, {
      factor: () => writing.code.get(of),
      term: () => splat(writing, coefficient),
    });
  }
}

/** 2^i of whole numbers. */
function writePower({ code, constants }: Writing): void {
  code.get(constants.local(127));
  code.simd(ADD_I32);
  code.i32(23);
  code.simd(SHIFT_LEFT);
}

const TANH_MAX = 7.90531110763549805;
const NUMERATOR = [
  -2.76076847742355e-16, 2.00018790482477e-13, -8.60467152213735e-11, 5.12229709037114e-8,
  1.48572235717979e-5, 6.37261928875436e-4, 4.89352455891786e-3,
];
const DENOMINATOR = [
  1.19825839466702e-6, 1.18534705686654e-4, 2.268434632439e-3, 4.89352518554385e-3,
];

/** `approxTanh` of compute's math.wgsl, of the vector on the stack. */
function writeTanh(writing: Writing): void {
  const { code, spare } = writing;
  const [y, z] = [spare, spare + 1];
  splat(writing, TANH_MAX);
  code.simd(PMIN);
  splat(writing, -TANH_MAX);
  code.simd(PMAX);
  code.tee(y);
  code.get(y);
  code.simd(MULTIPLY);
  code.set(z);
  code.get(y);
  writePolynomial(writing, NUMERATOR, z);
  code.simd(MULTIPLY);
  writePolynomial(writing, DENOMINATOR, z);
  code.simd(DIVIDE);
}

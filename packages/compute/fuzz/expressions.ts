/**
 * Random expressions of WGSL whose value is the same on every conforming implementation. Integers may
 * do anything. Floats stay small multiples of a power of two and are floored or clamped between
 * operations, so that neither rounding nor fusing can show.
 *
 * What WGSL refuses or leaves open is never written: constant expressions that overflow, constant
 * divisors of zero, the sign of zero, and, unless asked for, indexes out of range.
 */
import type { Choices } from './choices.ts';

export type ScalarName = 'u32' | 'i32' | 'f32' | 'bool';
/** A scalar (`size` 1) or a vector. */
export type ValueType = { readonly scalar: ScalarName; readonly size: 1 | 2 | 3 | 4 };

/** Something with a value that an expression may read. */
export type Place = { readonly text: string; readonly type: ValueType; readonly writable: boolean };
export type FunctionShape = {
  readonly name: string;
  readonly parameters: readonly ValueType[];
  readonly result: ValueType;
};

export type Scope = {
  /** Innermost last. */
  readonly places: readonly Place[];
  /** Arrays of four by name; what indexes them is masked with 3. */
  readonly arrays: readonly { readonly name: string; readonly type: ValueType }[];
  readonly functions: readonly FunctionShape[];
  /** Indexes may lie out of range: WGSL then says only what must not happen. */
  readonly wild: boolean;
};

export const typeText = ({ scalar, size }: ValueType): string =>
  size === 1 ? scalar : `vec${size}<${scalar}>`;
export const sameValueType = (a: ValueType, b: ValueType): boolean =>
  a.scalar === b.scalar && a.size === b.size;

const U32: ValueType = { scalar: 'u32', size: 1 };
const SCALARS = ['u32', 'i32', 'f32'] as const;
const SIZES = [1, 1, 1, 2, 3, 4] as const;
const LITERALS = {
  u32: ['1u', '2u', '3u', '7u', '12u', '31u', '255u', '65537u', '0x80000000u', '4294967295u'],
  i32: ['1i', '2i', '-3i', '7i', '-12i', '30i', '255i', '-65537i', '2147483647i'],
  f32: ['1.0', '0.5', '2.0', '-3.0', '7.0', '-0.25', '100.0'],
  bool: ['true', 'false'],
} as const;
const SHIFTS = ['1u', '3u', '0u', '16u', '31u'] as const;

export function anyType(choices: Choices): ValueType {
  return { scalar: choices.oneOf(SCALARS), size: choices.oneOf(SIZES) };
}

/** Writes expressions in one scope. */
export class ExpressionWriter {
  readonly #choices: Choices;
  readonly #scope: Scope;

  constructor(choices: Choices, scope: Scope) {
    this.#choices = choices;
    this.#scope = scope;
  }

  /** An expression that is not constant. `depth` bounds its size. */
  of(type: ValueType, depth: number): string {
    if (depth <= 0 || this.#choices.exhausted) return this.#leaf(type);
    const { scalar, size } = type;
    if (size > 1 && this.#choices.onceIn(3)) return this.#vector(type, depth);
    if (size === 1 && scalar !== 'bool' && this.#choices.onceIn(6)) {
      return this.#reduction(type, depth);
    }
    switch (scalar) {
      case 'u32':
      case 'i32':
        return this.#integer(type, depth);
      case 'f32':
        return this.#float(type, depth);
      case 'bool':
        return this.#boolean(type, depth);
      default:
        throw new Error(`unreachable: ${String(scalar satisfies never)}`);
    }
  }

  /** An index into an array of four. */
  index(depth: number): string {
    return this.#masked(depth, 3);
  }

  /** An index; out of range where that is asked for. */
  #masked(depth: number, mask: number): string {
    const index = this.of(U32, depth);
    return this.#scope.wild ? index : `(${index} & ${mask}u)`;
  }

  #leaf(type: ValueType): string {
    const { scalar, size } = type;
    const fitting = this.#scope.places.filter((place) => sameValueType(place.type, type));
    if (fitting.length > 0) return this.#choices.oneOf(fitting).text;
    const sibling = this.#scope.places.findLast(
      (place) => place.type.scalar === scalar && place.type.size > size,
    );
    if (sibling) return `${sibling.text}.${'xyzw'.slice(0, size)}`;
    if (size > 1) return `${typeText(type)}(${this.#leaf({ scalar, size: 1 })})`;
    const seed = 'seed';
    switch (scalar) {
      case 'u32':
        return seed;
      case 'i32':
        return `bitcast<i32>(${seed})`;
      case 'f32':
        return `f32(${seed} & 63u)`;
      case 'bool':
        return `((${seed} & 1u) == 1u)`;
      default:
        throw new Error(`unreachable: ${String(scalar satisfies never)}`);
    }
  }

  #literal({ scalar, size }: ValueType): string {
    const parts = Array.from({ length: size }, () => this.#choices.oneOf(LITERALS[scalar]));
    return size === 1 ? parts[0]! : `vec${size}<${scalar}>(${parts.join(', ')})`;
  }

  /** The right-hand side of an operator: an expression, or a literal. */
  #right(type: ValueType, depth: number): string {
    return this.#choices.onceIn(3) ? this.#literal(type) : this.of(type, depth - 1);
  }

  #vector(type: ValueType, depth: number): string {
    const { scalar, size } = type;
    const one = { scalar, size: 1 } as const;
    if (this.#choices.onceIn(2)) {
      const from = { scalar, size: this.#choices.oneOf([2, 3, 4] as const) };
      const letters = Array.from({ length: size }, () =>
        this.#choices.oneOf('xyzw'.slice(0, from.size).split('')),
      );
      return `${this.of(from, depth - 1)}.${letters.join('')}`;
    }
    if (size === 4 && this.#choices.onceIn(2)) {
      const half = { scalar, size: 2 } as const;
      return `${typeText(type)}(${this.of(half, depth - 1)}, ${this.of(half, depth - 1)})`;
    }
    const parts = Array.from({ length: size }, () => this.of(one, depth - 1));
    return `${typeText(type)}(${parts.join(', ')})`;
  }

  /** A scalar out of something larger: a component, an array's element, a call, a dot product. */
  #reduction(type: ValueType, depth: number): string {
    const { scalar } = type;
    const size = this.#choices.oneOf([2, 3, 4] as const);
    const vector = { scalar, size };
    const kind = this.#choices.below(6);
    const arrays = this.#scope.arrays.filter((array) => sameValueType(array.type, type));
    const functions = this.#scope.functions.filter((one) => sameValueType(one.result, type));
    if (kind === 1 && arrays.length > 0) {
      return `${this.#choices.oneOf(arrays).name}[${this.index(depth - 1)}]`;
    }
    if (kind === 2 && functions.length > 0) {
      const one = this.#choices.oneOf(functions);
      return `${one.name}(${one.parameters.map((p) => this.of(p, depth - 1)).join(', ')})`;
    }
    if (kind === 3 && scalar !== 'f32') {
      return `dot(${this.of(vector, depth - 1)}, ${this.of(vector, depth - 1)})`;
    }
    if (kind === 4 && scalar === 'u32') {
      // Both are read by all invocations; `input` has at least 256 words.
      return this.#choices.onceIn(2)
        ? `input[${this.#masked(depth - 1, 255)}]`
        : `limits[${this.#masked(depth - 1, 3)}]`;
    }
    if (kind === 5 && scalar === 'f32') {
      return `clamp(floor(dot(${this.of(vector, depth - 1)}, ${this.of(vector, depth - 1)})), -50.0, 50.0)`;
    }
    // Two components are always there, so any index with one bit is in range.
    const index = this.#masked(depth - 1, 1);
    return `${this.of(vector, depth - 1)}[${index}]`;
  }

  #integer(type: ValueType, depth: number): string {
    const { scalar, size } = type;
    const left = this.of(type, depth - 1);
    const right = () => this.#right(type, depth);
    const unsigned = (bits: string) => (size === 1 ? bits : `vec${size}<u32>(${bits})`);
    const other = scalar === 'u32' ? 'i32' : 'u32';
    const forms: readonly (() => string)[] = [
      () => `(${left} + ${right()})`,
      () => `(${left} - ${right()})`,
      () => `(${left} * ${right()})`,
      () => `(${left} ${this.#choices.oneOf(['&', '|', '^'])} ${right()})`,
      () => `(${left} ${this.#choices.oneOf(['/', '%'])} ${right()})`,
      () =>
        `(${left} ${this.#choices.oneOf(['<<', '>>'])} ${unsigned(this.#choices.oneOf(SHIFTS))})`,
      () => {
        const amount = this.of({ scalar: 'u32', size }, depth - 1);
        return `(${left} ${this.#choices.oneOf(['<<', '>>'])} ${amount})`;
      },
      () => (scalar === 'i32' ? `(-${left})` : `(~${left})`),
      () => `${this.#choices.oneOf(['min', 'max'])}(${left}, ${right()})`,
      () => `${typeText(type)}(${this.of({ scalar: 'f32', size }, depth - 1)})`,
      () => `bitcast<${typeText(type)}>(${this.of({ scalar: other, size }, depth - 1)})`,
      () => `${typeText(type)}(${this.of({ scalar: 'bool', size }, depth - 1)})`,
      () => `select(${left}, ${right()}, ${this.#condition(size, depth)})`,
      () => {
        const name = this.#choices.oneOf(['countOneBits', 'reverseBits', 'abs', 'firstLeadingBit']);
        return `${name}(${left})`;
      },
      () => {
        const name = this.#choices.oneOf([
          'firstTrailingBit',
          'countLeadingZeros',
          'countTrailingZeros',
        ]);
        return `${name}(${left})`;
      },
      () => `clamp(${left}, ${this.#low(type)}, ${this.#high(type)})`,
      () => {
        const [offset, count] = [this.of(U32, depth - 1), this.of(U32, depth - 1)];
        return this.#choices.onceIn(2)
          ? `extractBits(${left}, ${offset} & 63u, ${count} & 63u)`
          : `insertBits(${left}, ${right()}, ${offset} & 63u, ${count} & 63u)`;
      },
    ];
    return this.#choices.oneOf(forms)();
  }

  #low({ scalar, size }: ValueType): string {
    const value = { u32: '2u', i32: '-7i', f32: '-50.0', bool: 'false' }[scalar];
    return size === 1 ? value : `vec${size}<${scalar}>(${value})`;
  }

  #high({ scalar, size }: ValueType): string {
    const value = { u32: '70000u', i32: '900i', f32: '50.0', bool: 'true' }[scalar];
    return size === 1 ? value : `vec${size}<${scalar}>(${value})`;
  }

  #float(type: ValueType, depth: number): string {
    const { size } = type;
    const left = this.of(type, depth - 1);
    const right = () => this.#right(type, depth);
    const bounded = (text: string) => `clamp(${text}, ${this.#low(type)}, ${this.#high(type)})`;
    const forms: readonly (() => string)[] = [
      () => bounded(`${left} + ${right()}`),
      () => bounded(`${left} - ${right()}`),
      () => bounded(`floor(${left} * ${right()})`),
      () => `(-${left})`,
      () =>
        `${this.#choices.oneOf(['abs', 'floor', 'ceil', 'round', 'trunc', 'sign', 'fract'])}(${left})`,
      () => `${this.#choices.oneOf(['min', 'max'])}(${left}, ${right()})`,
      () => {
        const from = this.of(
          { scalar: this.#choices.oneOf(['u32', 'i32'] as const), size },
          depth - 1,
        );
        return bounded(`${typeText(type)}(${from})`);
      },
      () => `select(${left}, ${right()}, ${this.#condition(size, depth)})`,
      () => `step(${left}, ${right()})`,
      () => (size === 1 ? `saturate(${left})` : bounded(`floor(${this.#product(size, depth)})`)),
      // Between two quarters no rounding of the root can cross a whole number.
      () => `floor(sqrt(abs(${left})) + ${size === 1 ? '0.125' : `vec${size}<f32>(0.125)`})`,
    ];
    return this.#choices.oneOf(forms)();
  }

  /** A matrix times a vector; sums of a few small products are exact in any order. */
  #product(size: 2 | 3 | 4, depth: number): string {
    const inner = this.#choices.oneOf([2, 3, 4] as const);
    const vectors = (count: number, length: 2 | 3 | 4) =>
      Array.from({ length: count }, () => this.of({ scalar: 'f32', size: length }, depth - 2));
    const matrix = (columns: number, rows: 2 | 3 | 4) =>
      `mat${columns}x${rows}<f32>(${vectors(columns, rows).join(', ')})`;
    const vector = this.of({ scalar: 'f32', size: inner }, depth - 1);
    switch (this.#choices.below(3)) {
      case 0:
        return `(${matrix(inner, size)} * ${vector})`;
      case 1:
        return `(${vector} * ${matrix(size, inner)})`;
      default:
        return `(transpose(${matrix(size, inner)}) * ${vector})`;
    }
  }

  /** What `select` takes: one bool, or one for each component. */
  #condition(size: ValueType['size'], depth: number): string {
    const wide = size > 1 && this.#choices.onceIn(2) ? size : 1;
    return this.of({ scalar: 'bool', size: wide }, depth - 1);
  }

  #boolean(type: ValueType, depth: number): string {
    const { size } = type;
    const scalar = this.#choices.oneOf(SCALARS);
    const of = { scalar, size };
    const comparison = () => {
      const operator = this.#choices.oneOf(['<', '<=', '>', '>=', '==', '!=']);
      return `(${this.of(of, depth - 1)} ${operator} ${this.#right(of, depth)})`;
    };
    const forms: readonly (() => string)[] = [
      comparison,
      comparison,
      () => `(!${this.of(type, depth - 1)})`,
      () =>
        `(${this.of(type, depth - 1)} ${this.#choices.oneOf(['&', '|'])} ${this.of(type, depth - 1)})`,
      () => {
        const one = { scalar: 'bool', size: this.#choices.oneOf([2, 3, 4] as const) } as const;
        const any = `${this.#choices.oneOf(['any', 'all'])}(${this.of(one, depth - 1)})`;
        return size === 1 ? any : `vec${size}<bool>(${any})`;
      },
      () => {
        if (size > 1) return comparison();
        const operator = this.#choices.oneOf(['&&', '||']);
        return `(${this.of(type, depth - 1)} ${operator} ${this.of(type, depth - 1)})`;
      },
    ];
    return this.#choices.oneOf(forms)();
  }
}

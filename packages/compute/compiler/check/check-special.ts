/** Built-in functions whose signature is no plain `T, T -> T` (WGSL 17). */
import type { Expression } from '../parse/ast.ts';
import {
  BOOL,
  F32,
  I32,
  type Scalar,
  type Struct,
  type Type,
  U32,
  elementOf,
  isFloat,
  isInteger,
  matrixOf,
  sameType,
  typeName,
  vectorOf,
  withElement,
} from '../types.ts';
import type { CheckContext } from './context.ts';
import { alignOf, bytesOf, roundUp } from '../layout.ts';
import { concrete, toType, unify } from './conversion.ts';
import type { Typed } from './typed.ts';

type Call = Expression & { kind: 'call' };
type Checked = { readonly type: Type | null; readonly args: readonly Typed[] };

/** One call being checked: what each rule below needs to know and to refuse. */
type Given = {
  readonly context: CheckContext;
  readonly call: Call;
  readonly args: readonly Typed[];
  refuse(cure: string): Error;
};

type Rule = (given: Given) => Checked;

export function checkSpecial(context: CheckContext, call: Call, args: readonly Typed[]): Checked {
  const { name } = call.callee;
  const refuse = (cure: string): Error => {
    const types = args.map((argument) => typeName(argument.type)).join(', ');
    return context.source.error(call.at, `${name}(${types})`, cure);
  };
  const rule = RULES[name];
  if (!rule) throw refuse('this function is outside the subset');
  return rule({ context, call, args, refuse });
}

function count(given: Given, wanted: number): void {
  if (given.args.length === wanted) return;
  throw given.refuse(`it takes ${wanted} arguments`);
}

/** All arguments of one float type; vectors only where `vectors` says so. */
function floatArguments(given: Given, wanted: number, vectors: boolean): Typed[] {
  count(given, wanted);
  const shape = given.args[0]!.type;
  const args = given.args.map((argument) => {
    const element = elementOf(argument.type);
    const number = element && (isFloat(element) || element.name === 'abstract-int');
    const sameShape = number && sameType(withElement(argument.type, F32), withElement(shape, F32));
    const fits = vectors ? argument.type.kind === 'vector' : argument.type.kind !== 'matrix';
    if (sameShape && fits) return argument;
    throw given.refuse(
      `it takes ${vectors ? 'vectors' : 'scalars or vectors'} of one size, of f32`,
    );
  });
  return toFloats(given.context, args);
}

function toFloats(context: CheckContext, args: readonly Typed[]): Typed[] {
  return unify(context, args, 'a built-in function').map((argument) => {
    if (elementOf(argument.type)!.name !== 'abstract-int') return argument;
    const type = withElement(argument.type, { kind: 'scalar', name: 'abstract-float' });
    return toType(context, argument, type, 'the argument');
  });
}

function converted(given: Given, wanted: readonly Type[]): Typed[] {
  count(given, wanted.length);
  return wanted.map((type, i) => toType(given.context, given.args[i]!, type, `argument ${i + 1}`));
}

/** A function of fixed types. */
function fixed(result: Type | null, ...wanted: readonly Type[]): Rule {
  return (given) => ({ type: result, args: converted(given, wanted) });
}

const allOrAny: Rule = (given) => {
  count(given, 1);
  if (elementOf(given.args[0]!.type)?.name !== 'bool') throw given.refuse('it takes bools');
  return { type: BOOL, args: given.args };
};

const arrayLength: Rule = (given) => {
  count(given, 1);
  const { type } = given.args[0]!;
  if (type.kind === 'pointer' && type.target.kind === 'array' && type.target.count === null) {
    return { type: U32, args: given.args };
  }
  throw given.refuse(
    "it takes '&' and a storage array without a count; others have constant counts",
  );
};

function scalarOfFloats(wanted: number, vectors: boolean): Rule {
  return (given) => {
    const args = floatArguments(given, wanted, vectors);
    return { type: elementOf(args[0]!.type)!, args };
  };
}

function sameOfFloats(wanted: number): Rule {
  return (given) => {
    const args = floatArguments(given, wanted, true);
    return { type: args[0]!.type, args };
  };
}

const cross: Rule = (given) => {
  const args = floatArguments(given, 2, true);
  const { type } = args[0]!;
  if (type.kind !== 'vector' || type.size !== 3) throw given.refuse('it takes two vec3<f32>');
  return { type, args };
};

const dot: Rule = (given) => {
  count(given, 2);
  const [a, b] = given.args;
  const element = elementOf(a!.type);
  if (
    a!.type.kind !== 'vector' ||
    !element ||
    element.name === 'bool' ||
    b!.type.kind !== 'vector'
  ) {
    throw given.refuse('it takes two vectors of numbers');
  }
  const args = unify(given.context, given.args, 'dot(...)');
  if (!sameType(args[0]!.type, args[1]!.type)) throw given.refuse('both vectors need one size');
  return { type: elementOf(args[0]!.type)!, args };
};

const determinant: Rule = (given) => {
  count(given, 1);
  const { type } = given.args[0]!;
  if (type.kind === 'matrix' && type.columns === type.rows)
    return { type: type.element, args: given.args };
  throw given.refuse('it takes a matrix of as many rows as columns');
};

const transpose: Rule = (given) => {
  count(given, 1);
  const { type } = given.args[0]!;
  if (type.kind !== 'matrix') throw given.refuse('it takes a matrix');
  return { type: matrixOf(type.rows, type.columns, type.element), args: given.args };
};

const refract: Rule = (given) => {
  count(given, 3);
  const vectors = floatArguments({ ...given, args: given.args.slice(0, 2) }, 2, true);
  return withScalar(given, vectors, given.args[2]!);
};

const mix: Rule = (given) => {
  count(given, 3);
  const [a, , factor] = given.args;
  if (a!.type.kind === 'vector' && factor!.type.kind === 'scalar') {
    const vectors = floatArguments({ ...given, args: given.args.slice(0, 2) }, 2, true);
    return withScalar(given, vectors, factor!);
  }
  const args = floatArguments(given, 3, false);
  return { type: args[0]!.type, args };
};

/** Vectors of one type and a last scalar of their element. */
function withScalar(given: Given, vectors: readonly Typed[], scalar: Typed): Checked {
  const element = elementOf(scalar.type);
  if (scalar.type.kind !== 'scalar' || !element || isNoFloat(element)) {
    throw given.refuse('its last argument is an f32');
  }
  const args = toFloats(given.context, [...vectors, scalar]);
  return { type: args[0]!.type, args };
}

function isNoFloat(element: Scalar): boolean {
  return !isFloat(element) && element.name !== 'abstract-int';
}

const ldexp: Rule = (given) => {
  count(given, 2);
  const [value] = floatArguments({ ...given, args: given.args.slice(0, 1) }, 1, false);
  const exponent = toType(
    given.context,
    given.args[1]!,
    withElement(value!.type, I32),
    'the exponent',
  );
  return { type: value!.type, args: [value!, exponent] };
};

/** The struct that `modf` and `frexp` give, as WGSL names it. */
function partsResult(second: 'whole' | 'exp'): Rule {
  return (given) => {
    const [value] = floatArguments(given, 1, false).map((one) => concrete(given.context, one));
    const { type } = value!;
    const other = second === 'exp' ? withElement(type, I32) : type;
    const offset = roundUp(bytesOf(type), alignOf(type));
    const shape = type.kind === 'vector' ? `vec${type.size}_f32` : 'f32';
    const result: Struct = {
      kind: 'struct',
      name: `__${given.call.callee.name}_result_${shape}`,
      fields: [
        { name: 'fract', type, offset: 0 },
        { name: second, type: other, offset },
      ],
      bytes: 2 * offset,
      align: alignOf(type),
    };
    return { type: result, args: [value!] };
  };
}

const select: Rule = (given) => {
  count(given, 3);
  const [no, yes, condition] = given.args as [Typed, Typed, Typed];
  const wide = condition.type.kind === 'vector';
  if (elementOf(condition.type)?.name !== 'bool') {
    throw given.refuse('its last argument is a bool: select(ifFalse, ifTrue, condition)');
  }
  if (no.type.kind !== 'scalar' && no.type.kind !== 'vector') {
    throw given.refuse("it takes scalars and vectors; choose between others with 'if'");
  }
  const [a, b] = unify(given.context, [no, yes], 'select(...)') as [Typed, Typed];
  if (!sameType(a.type, b.type)) throw given.refuse('its first two arguments need one type');
  if (wide && !sameType(withElement(a.type, BOOL), condition.type)) {
    throw given.refuse('a vector of bools chooses between vectors of its size');
  }
  return { type: a.type, args: [a, b, condition] };
};

function bits(wanted: number): Rule {
  return (given) => {
    count(given, wanted);
    const values = given.args.slice(0, wanted - 2);
    const element = elementOf(values[0]!.type);
    if (!element || !isInteger(element) || values[0]!.type.kind === 'matrix') {
      throw given.refuse('it takes integers');
    }
    const same = unify(given.context, values, `${given.call.callee.name}(...)`);
    if (!sameType(same[0]!.type, same.at(-1)!.type))
      throw given.refuse('both values need one type');
    const range = given.args
      .slice(wanted - 2)
      .map((part, i) => toType(given.context, part, U32, i === 0 ? 'the offset' : 'the count'));
    return { type: same[0]!.type, args: [...same, ...range] };
  };
}

const atomicRead: Rule = (given) => {
  count(given, 1);
  return { type: atomicElement(given), args: given.args };
};

function atomicWrite(hasResult: boolean): Rule {
  return (given) => {
    count(given, 2);
    const element = atomicElement(given);
    const value = toType(given.context, given.args[1]!, element, 'the value');
    return { type: hasResult ? element : null, args: [given.args[0]!, value] };
  };
}

const atomicCompareExchangeWeak: Rule = (given) => {
  count(given, 3);
  const element = atomicElement(given);
  const values = given.args.slice(1);
  const args = values.map((value) => toType(given.context, value, element, 'the value'));
  return { type: EXCHANGED[element.name as 'i32' | 'u32'], args: [given.args[0]!, ...args] };
};

function exchangeResult(element: Scalar): Struct {
  const fields = [
    { name: 'old_value', type: element, offset: 0 },
    { name: 'exchanged', type: BOOL, offset: 4 },
  ];
  const name = `__atomic_compare_exchange_result_${element.name}`;
  return { kind: 'struct', name, fields, bytes: 8, align: 4 };
}

const EXCHANGED = { i32: exchangeResult(I32), u32: exchangeResult(U32) };

function atomicElement(given: Given): Scalar {
  const { type } = given.args[0]!;
  if (type.kind !== 'pointer' || type.target.kind !== 'atomic') {
    throw given.refuse("its first argument is '&' and an atomic");
  }
  if (type.access === 'read') {
    throw given.refuse('atomics need var<storage, read_write> or var<workgroup>');
  }
  return type.target.element;
}

const workgroupUniformLoad: Rule = (given) => {
  count(given, 1);
  const { type } = given.args[0]!;
  if (type.kind !== 'pointer' || type.space !== 'workgroup') {
    throw given.refuse("it takes '&' and a var<workgroup>");
  }
  const { target } = type;
  return { type: target.kind === 'atomic' ? target.element : target, args: given.args };
};

const V2F = vectorOf(2, F32);
const V4F = vectorOf(4, F32);
const V4I = vectorOf(4, I32);
const V4U = vectorOf(4, U32);

const RULES: Readonly<Record<string, Rule>> = {
  all: allOrAny,
  any: allOrAny,
  arrayLength,
  cross,
  determinant,
  distance: scalarOfFloats(2, false),
  dot,
  dot4I8Packed: fixed(I32, U32, U32),
  dot4U8Packed: fixed(U32, U32, U32),
  extractBits: bits(3),
  faceForward: sameOfFloats(3),
  insertBits: bits(4),
  frexp: partsResult('exp'),
  ldexp,
  length: scalarOfFloats(1, false),
  mix,
  modf: partsResult('whole'),
  normalize: sameOfFloats(1),
  pack2x16float: fixed(U32, V2F),
  pack2x16snorm: fixed(U32, V2F),
  pack2x16unorm: fixed(U32, V2F),
  pack4x8snorm: fixed(U32, V4F),
  pack4x8unorm: fixed(U32, V4F),
  pack4xI8: fixed(U32, V4I),
  pack4xI8Clamp: fixed(U32, V4I),
  pack4xU8: fixed(U32, V4U),
  pack4xU8Clamp: fixed(U32, V4U),
  reflect: sameOfFloats(2),
  refract,
  select,
  transpose,
  unpack2x16float: fixed(V2F, U32),
  unpack2x16snorm: fixed(V2F, U32),
  unpack2x16unorm: fixed(V2F, U32),
  unpack4x8snorm: fixed(V4F, U32),
  unpack4x8unorm: fixed(V4F, U32),
  unpack4xI8: fixed(V4I, U32),
  unpack4xU8: fixed(V4U, U32),
  storageBarrier: fixed(null),
  workgroupBarrier: fixed(null),
  workgroupUniformLoad,
  atomicAdd: atomicWrite(true),
  atomicAnd: atomicWrite(true),
  atomicCompareExchangeWeak,
  atomicExchange: atomicWrite(true),
  atomicLoad: atomicRead,
  atomicMax: atomicWrite(true),
  atomicMin: atomicWrite(true),
  atomicOr: atomicWrite(true),
  atomicStore: atomicWrite(false),
  atomicSub: atomicWrite(true),
  atomicXor: atomicWrite(true),
};

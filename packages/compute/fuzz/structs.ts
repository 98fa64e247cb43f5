/** Structs within structs and arrays of them: in a buffer, by pointer, and in a variable. */
import type { Choices } from './choices.ts';
import type { Place, ValueType } from './expressions.ts';

const U32: ValueType = { scalar: 'u32', size: 1 };
const I32: ValueType = { scalar: 'i32', size: 1 };
const PAIR: ValueType = { scalar: 'f32', size: 2 };

/** `touch` and `touchLocal` change what they are given and say what it is now. */
export const STRUCTS = `
struct Inner { u: u32, v: vec2<f32>, w: array<i32, 2> }
struct Outer { head: Inner, list: array<Inner, 3>, tail: u32 }
fn touch(p: ptr<storage, Inner, read_write>, by: u32) -> u32 {
  (*p).u += by;
  if (by == 7u) { return 1u; }
  p.w[by & 1u] ^= bitcast<i32>(by);
  return (*p).u;
}
fn touchLocal(p: ptr<function, Inner>, by: u32) -> u32 {
  (*p).w[by & 1u] += i32(by >> 3u);
  p.v.y = min(p.v.x, 7.0);
  return p.u ^ by;
}
fn touchWords(p: ptr<function, array<i32, 2>>, by: u32) {
  (*p)[by & 1u] = (*p)[1u - (by & 1u)] - 3i;
}`;

/** Of `q`, a pointer into a buffer, and `local`, a copy; indexes come from the words w0 .. w3. */
export function structPlaces(wild: boolean): Place[] {
  const three = (name: string) => (wild ? name : `${name} % 3u`);
  const two = (name: string) => (wild ? name : `${name} & 1u`);
  const places: [string, ValueType][] = [
    ['(*q).head.u', U32],
    ['q.head.v', PAIR],
    ['q.list[1].w[0]', I32],
    [`q.list[${three('w0')}].u`, U32],
    [`(*q).list[${three('w1')}].v`, PAIR],
    ['q.tail', U32],
    ['local.head.u', U32],
    ['local.list[2].v', PAIR],
    [`local.list[${three('w2')}].w[${two('w3')}]`, I32],
    [`local.list[${three('w3')}].u`, U32],
    ['local.tail', U32],
  ];
  return places.map(([text, type]) => ({ text, type, writable: true }));
}

export type Ingredients = {
  readonly choices: Choices;
  readonly expression: (type: ValueType) => string;
  readonly wild: boolean;
};

/** One statement that moves whole structs, or hands pointers to them on. */
export function structStatement({ choices, expression, wild }: Ingredients): string {
  const index = () => (wild ? expression(U32) : `(${expression(U32)} % 3u)`);
  const inner = () =>
    `Inner(${expression(U32)}, ${expression(PAIR)}, array<i32, 2>(${expression(I32)}, ${expression(I32)}))`;
  const forms: readonly (() => string)[] = [
    () => `local.list[${index()}] = ${inner()};`,
    () => `q.list[${index()}] = local.head;`,
    () => `local.head = (*q).list[${index()}];`,
    () => `w0 ^= touch(&q.list[${index()}], ${expression(U32)});`,
    () => `w1 += touch(&(*q).head, ${expression(U32)});`,
    () => `w2 ^= touchLocal(&local.list[${index()}], ${expression(U32)});`,
    () => `touchWords(&local.list[1].w, ${expression(U32)});`,
    () => 'local = *q;',
    () => 'outers[at] = local;',
    () => `local = Outer(${inner()}, local.list, ${expression(U32)});`,
  ];
  return choices.oneOf(forms)();
}

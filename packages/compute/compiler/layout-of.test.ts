import { expect, test } from 'vitest';
import { layoutOf } from './layout-of.ts';

const offsets = (wgsl: string, name = 'S', constants = {}): Record<string, number> => {
  const { bytes, align, fields } = layoutOf(wgsl, name, constants);
  return {
    ...Object.fromEntries(Object.entries(fields).map(([field, { offset }]) => [field, offset])),
    bytes,
    align,
  };
};

test('a vec3 is aligned to 16 bytes and leaves room for one scalar', () => {
  const wgsl = 'struct S { a: f32, b: vec3f, c: f32, d: vec3f, e: vec2f }';
  expect(offsets(wgsl)).toEqual({ a: 0, b: 16, c: 28, d: 32, e: 48, bytes: 64, align: 16 });
});

test('scalars alone are packed', () => {
  expect(offsets('struct S { a: f32, b: u32, c: i32 }')).toEqual({
    a: 0,
    b: 4,
    c: 8,
    bytes: 12,
    align: 4,
  });
});

test('a vec2 is aligned to 8 bytes', () => {
  expect(offsets('struct S { a: f32, b: vec2f, c: f32 }')).toEqual({
    a: 0,
    b: 8,
    c: 16,
    bytes: 24,
    align: 8,
  });
});

test('elements of an array stand at multiples of their alignment', () => {
  const { fields } = layoutOf('struct S { a: array<vec3f, 3>, b: array<f32, 5>, c: f32 }', 'S');
  expect(fields.a).toMatchObject({ offset: 0, bytes: 48, strideBytes: 16, count: 3, scalars: 9 });
  expect(fields.b).toMatchObject({ offset: 48, bytes: 20, strideBytes: 4, type: 'array<f32, 5>' });
  expect(fields.c).toMatchObject({ offset: 68 });
});

test('a struct is aligned as its widest member and padded to it', () => {
  const wgsl = 'struct In { a: vec2f, b: f32 } struct S { a: f32, b: In, c: f32, d: array<In, 2> }';
  expect(offsets(wgsl)).toEqual({ a: 0, b: 8, c: 24, d: 32, bytes: 64, align: 8 });
  expect(layoutOf(wgsl, 'S').fields.d).toMatchObject({
    strideBytes: 16,
    struct: { bytes: 16, fields: { b: { offset: 8 } } },
  });
});

test('a matrix is an array of columns, of which those of 3 rows take 16 bytes', () => {
  const wgsl = 'struct S { a: mat2x2f, b: f32, c: mat3x3f, d: mat4x2f, e: mat2x4f }';
  expect(offsets(wgsl)).toEqual({ a: 0, b: 16, c: 32, d: 80, e: 112, bytes: 144, align: 16 });
});

test('@size and @align are kept', () => {
  const wgsl = 'struct S { @size(16) a: f32, b: f32, @align(32) c: f32 }';
  expect(offsets(wgsl)).toEqual({ a: 0, b: 16, c: 32, bytes: 64, align: 32 });
});

test('an array without a count adds one element', () => {
  const { bytes, fields } = layoutOf('struct S { n: u32, a: array<vec2f> }', 'S');
  expect(bytes).toBe(16);
  expect(fields.a).toMatchObject({ offset: 8, count: 0, strideBytes: 8 });
});

test('atomics are as wide as their scalar', () => {
  expect(offsets('struct S { a: atomic<u32>, b: vec2u }')).toEqual({
    a: 0,
    b: 8,
    bytes: 16,
    align: 8,
  });
});

test('constants from the outside change counts, and what is derived from them', () => {
  const wgsl = 'const N = 2u; const M = N * 3u; struct S { a: array<f32, M>, b: f32 }';
  expect(offsets(wgsl).bytes).toBe(28);
  expect(offsets(wgsl, 'S', { N: 5 }).bytes).toBe(64);
});

test('a struct that is not there is named', () => {
  expect(() => layoutOf('struct S { a: f32 }', 'T')).toThrow(/struct 'T'/);
  expect(() => layoutOf('alias T = f32;', 'T')).toThrow(/struct 'T'/);
});

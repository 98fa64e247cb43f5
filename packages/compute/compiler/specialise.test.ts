import { expect, test } from 'vitest';
import { specialise } from './specialise.ts';

test('a value keeps the type of its constant', () => {
  const wgsl =
    'const A = 3u; const B = 3i; const C = 3; const D = 3.0; const E = 3f; const F = true;';
  expect(specialise(wgsl, { A: 4, B: -4, C: -4, D: 4, E: 0.1, F: 0 })).toBe(
    'const A = 4u; const B = -4i; const C = -4; const D = 4.0; const E = 0.10000000149011612f; ' +
      'const F = false;',
  );
});

test('a declared type decides', () => {
  expect(specialise('const A: f32 = 1; const B: u32 = 1 + 2;', { A: 2, B: 5 })).toBe(
    'const A: f32 = 2.0f; const B: u32 = 5u;',
  );
});

test('the smallest i32 has no literal of its own', () => {
  expect(specialise('const A = 1i;', { A: -(2 ** 31) })).toBe('const A = i32(-2147483648);');
});

test('an override without a value gets one', () => {
  expect(specialise('@id(1) override N: u32;', { N: 7 })).toBe('@id(1) override N: u32 = 7u;');
});

test('lines stay where they were', () => {
  const wgsl = 'const A = vec2f(1.0,\n  2.0).x +\n  3.0;\nconst B = 1u; // B\nfn f() {}\n';
  const out = specialise(wgsl, { A: 1, B: 2 });
  expect(out).toBe('const A = 1.0f\n\n;\nconst B = 2u; // B\nfn f() {}\n');
});

test('without constants the text stays as it is', () => {
  const wgsl = 'const A = 3u; fn f() {}';
  expect(specialise(wgsl, {})).toBe(wgsl);
});

test('variables in loops begin with zeros, which Chromium forgets', () => {
  const wgsl =
    'fn f() { var a: f32; loop { var b: array<vec2f,\n 3>; if true { var c : i32 ; break; } } }';
  expect(specialise(wgsl, {})).toBe(
    'fn f() { var a: f32; loop { var b: array<vec2f,\n 3> = array<vec2f, 3>(); ' +
      'if true { var c : i32  = i32(); break; } } }',
  );
});

test.each([
  ['const SPEED = 1u;', { SPEAD: 2 }, /did you mean SPEED/],
  ['const A = 1u;', { A: 1.5 }, /needs an integer/],
  ['const A = 1u;', { A: -1 }, /does not fit u32/],
  ['const A = 1i;', { A: 2 ** 31 }, /does not fit i32/],
  ['const A = 1.0;', { A: Number.NaN }, /finite/],
  ['const A = 1f;', { A: 1e39 }, /does not fit f32/],
  ['const A = true;', { A: 2 }, /0 or 1/],
  ['const A = vec2f(1.0);', { A: 2 }, /only scalars/],
  ['var<private> A = 1.0;', { A: 2 }, /no such const/],
])('%s refuses %o', (wgsl, constants, message) => {
  expect(() => specialise(wgsl, constants as Record<string, number>)).toThrow(message);
});

import { expect, test } from 'vitest';
import { checkModule } from '../check/check-module.ts';
import { compileToWasm } from '../compile.ts';

const kernel = (body: string, functions = '') => `${functions}
  @group(0) @binding(0) var<storage, read_write> a: array<u32>;
  @compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) { ${body} }`;

const repeat = (count: number, write: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => write(i)).join('\n');

test('calls that double at every level are refused where they are too many, on both targets', () => {
  const functions = repeat(
    24,
    (i) => `fn f${i}(x: u32) -> u32 { return f${i + 1}(x) + f${i + 1}(x + 1u); }`,
  );
  const text = kernel('a[id.x] = f0(id.x);', `${functions}\nfn f24(x: u32) -> u32 { return x; }`);
  // The check is all that a GPU's text goes through.
  expect(() => checkModule(text)).toThrow(/^WGSL 10:\d+: more than 50000 calls: 'f10'/);
  expect(() => compileToWasm(text)).toThrow(/^WGSL 10:\d+: more than 50000 calls: 'f10'/);
});

const chain = (count: number) =>
  repeat(count, (i) => `fn f${i}(x: u32) -> u32 { return f${i + 1}(x) + 1u; }`) +
  `\nfn f${count}(x: u32) -> u32 { return x; }`;

test('a chain of 127 calls compiles, a longer one is refused where it gets too long', () => {
  const body = 'a[id.x] = f0(id.x);';
  expect(WebAssembly.validate(compileToWasm(kernel(body, chain(126))).bytes)).toBe(true);
  const deep = /^WGSL \d+:\d+: call of 'f\d+': functions call one another at most 127 deep/;
  expect(() => compileToWasm(kernel(body, chain(1000)))).toThrow(deep);
});

test('a pointer may be dropped, which keeps its binding', () => {
  const body = 'let p = &a[id.x]; _ = p; _ = &a; _ = &a[id.x + 1u];';
  const { bytes, entries } = compileToWasm(kernel(body));
  expect(WebAssembly.validate(bytes)).toBe(true);
  expect(entries['main']!.bindings).toEqual(['a']);
});

test.each([
  [
    'a switch of 2000 cases',
    `switch a[id.x] { ${repeat(2000, (i) => `case ${i}u: { a[id.x] = ${i}u; }`)} default: { } }`,
  ],
  [
    'a chain of 5000 operations',
    `var x = id.x; ${repeat(5000, (i) => `x = x * ${i}u + (x >> 3u);`)} a[x] = x;`,
  ],
  [
    'a sum that doubles 200 times',
    `var x = a[id.x]; for (var i = 0u; i < a[0]; i++) { ${repeat(200, () => 'x = x + x;')} a[x] = 1u; }`,
  ],
  [
    '120 ifs inside each other',
    `${repeat(120, (i) => `if a[${i}] > id.x {`)} a[id.x] = 1u; ${'}'.repeat(120)}`,
  ],
])('%s compiles', (_, body) => {
  expect(WebAssembly.validate(compileToWasm(kernel(body)).bytes)).toBe(true);
});

test('large variables are zeroed and copied by loops', () => {
  const copies = repeat(14, (i) => `var w${i} = v; a[${i}] = w${i}[id.x].y;`);
  const text = kernel(
    `var v: array<vec4u, 4096>; v[id.x].x = 1u; ${copies} v = array<vec4u, 4096>(); a[0] = v[id.x].x;`,
  );
  const { bytes } = compileToWasm(text);
  expect(WebAssembly.validate(bytes)).toBe(true);
  expect(bytes.length).toBeLessThan(20_000);
});

const LIMIT =
  /^WGSL \d+:\d+: (?:more than|variables of more than) (80000 operations|50000 calls|1048576 bytes in all): /;

test.each([
  [
    '400 large variables',
    kernel(
      repeat(400, (i) => `var v${i}: array<u32, 16384>; v${i}[id.x] = 1; a[id.x] += v${i}[id.y];`),
    ),
  ],
  [
    'a large variable that is handed on by value twice',
    kernel(
      'var v: array<vec4u, 4096>; v[id.x].x = 1u; a[0] = f(v, 1u) + f(v, 2u);',
      'fn f(w: array<vec4u, 4096>, i: u32) -> u32 { var x = w; return x[i].y; }',
    ),
  ],
  [
    '60 entry points that each call a lot',
    `@group(0) @binding(0) var<storage, read_write> a: array<u32>;
    ${repeat(60, (i) => `@compute @workgroup_size(1) fn m${i}() { a[${i}] = f0(a[${i}]); }`)}
    ${repeat(10, (i) => `fn f${i}(x: u32) -> u32 { return f${i + 1}(x) + f${i + 1}(x + a[x]); }`)}
    fn f10(x: u32) -> u32 { return x; }`,
  ],
])('%s have one limit together', (_, text) => {
  expect(() => compileToWasm(text)).toThrow(LIMIT);
});

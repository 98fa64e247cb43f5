import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { layoutOf } from '../layout-of.ts';
import { WgslError } from '../wgsl-error.ts';
import mathWgsl from '../../math.wgsl';
import randomWgsl from '../../random.wgsl';
import { checkModule } from './check-module.ts';

/** Texts near real ones reach further into the checker than noise does. */
const KERNEL = `
struct Body { at: vec3f, mass: f32, list: array<vec2u, 3> }
const N = 4u; override SCALE: f32 = 2.0; alias Bodies = array<Body>;
@group(0) @binding(0) var<storage, read_write> bodies: Bodies;
@group(0) @binding(1) var<uniform> rules: vec4<u32>;
var<workgroup> tile: array<atomic<u32>, 64>;
fn push(body: ptr<function, Body>, by: vec3f) -> f32 {
  (*body).at += by * SCALE;
  if (*body).mass > 1.0 { return (*body).at.x; }
  switch rules.x { case 1, 2: { return -1.0; } default: { return select(0.0, 1.0, N > 3u); } }
}
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  var body = bodies[id.x];
  for (var i = 0u; i < N; i++) { body.list[i % 3u].x ^= bitcast<u32>(push(&body, vec3(1, 2.5, 0))); }
  loop { body.mass *= 0.5; continuing { break if body.mass < 1e-3; } }
  atomicAdd(&tile[id.x & 63u], u32(body.mass));
  workgroupBarrier();
  bodies[id.x] = body;
}
`;

const TOKENS = [
  ...new Set(KERNEL.match(/[\w.]+|\S/g)),
  'mat3x3f',
  'array',
  '<',
  '>',
  'vec2',
  '1i',
  '0',
  '-1',
  '1e38f',
  'if',
  'loop',
  'let',
  'dot',
  '>>',
  'true',
  '&&',
  '&',
  '*',
  'ptr',
  'private',
  'min',
  'array<array<f32,99999>,99999>',
  '_',
  '\u00e9',
  '"',
];

/** Whatever the text, the checker ends, with a module or with a WgslError that has a place. */
function expectOrderly(wgsl: string): void {
  const lines = wgsl.split('\n').length;
  for (const run of [() => checkModule(wgsl, {}), () => layoutOf(wgsl, 'Body')]) {
    try {
      run();
    } catch (error) {
      if (!(error instanceof WgslError)) throw error;
      expect(error.line).toBeGreaterThanOrEqual(1);
      expect(error.line).toBeLessThanOrEqual(lines);
      expect(error.column).toBeGreaterThanOrEqual(1);
      expect(error.construct).not.toBe('');
    }
  }
}

test('the kernels under mutation are valid as they stand', () => {
  checkModule(KERNEL);
  checkModule(mathWgsl + randomWgsl);
});

test('arbitrary text never hangs and throws nothing but WgslError', () => {
  fc.assert(fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), expectOrderly));
});

test('arbitrary tokens never hang and throw nothing but WgslError', () => {
  const words = fc.array(fc.constantFrom(...TOKENS), { maxLength: 60 });
  fc.assert(fc.property(words, (list) => expectOrderly(list.join(' '))));
  fc.assert(fc.property(words, (list) => expectOrderly(`fn f() { ${list.join(' ')} }`)));
});

test('kernels with tokens exchanged, dropped and doubled throw nothing but WgslError', () => {
  const edit = fc.record({
    at: fc.nat(),
    cut: fc.nat({ max: 3 }),
    put: fc.array(fc.constantFrom(...TOKENS), { maxLength: 3 }),
  });
  const pieces = KERNEL.match(/[\w.]+|\s+|\S/g)!;
  const mutated = fc.array(edit, { minLength: 1, maxLength: 4 }).map((edits) => {
    const out = [...pieces];
    for (const { at, cut, put } of edits) out.splice(at % out.length, cut, ...put);
    return out.join('');
  });
  fc.assert(fc.property(mutated, expectOrderly), { numRuns: 500 });
}, 60_000);

const doubled = (kind: (i: number) => string): string =>
  Array.from({ length: 60 }, (_, i) => kind(i + 1)).join('\n');

test('texts that grow without end are refused, not walked', () => {
  const structs = `struct S0 { a: f32 }\n${doubled((i) => `struct S${i} { a: S${i - 1}, b: S${i - 1} }`)}`;
  expect(() => checkModule(structs)).toThrow(WgslError);
  const constants = `const A0 = array(1, 2);\n${doubled((i) => `const A${i} = array(A${i - 1}, A${i - 1});`)}`;
  expect(() => checkModule(constants)).toThrow(WgslError);
  const chain = Array.from({ length: 5000 }, (_, i) => `const A${i} = A${i + 1};`).join('\n');
  expect(() => checkModule(`${chain} const A5000 = 1;`)).toThrow(WgslError);
  const calls = Array.from({ length: 5000 }, (_, i) => `fn f${i}() { f${i + 1}(); }`).join('\n');
  checkModule(`${calls} fn f5000() {}`);
});

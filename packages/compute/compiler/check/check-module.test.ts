import { describe, expect, test } from 'vitest';
import { bytesOf } from '../layout.ts';
import { typeName } from '../types.ts';
import { checkModule } from './check-module.ts';
import type { Typed, TypedStatement } from './typed.ts';

/** The statements of the last function of the text. */
function bodyOf(wgsl: string, constants = {}): readonly TypedStatement[] {
  const entry = '\n@compute @workgroup_size(1) fn entryPoint() { f(); }';
  const [call] = checkModule(wgsl + entry, constants).entries.at(-1)!.function.body;
  const { function: called } = (call as { call: Typed & { kind: 'call' } }).call;
  return called.body;
}

/** The type and value of `let x = <expression>;` in a function. */
function valueOf(expression: string, before = ''): Typed {
  const declarations = `
    struct Body { at: vec3f, mass: f32 }
    var<private> v2: vec2f; var<private> v3: vec3f; var<private> v3i: vec3i;
    var<private> i: i32; var<private> u: u32; var<private> f1: f32; var<private> b: bool;
    var<private> m: mat3x2f; var<private> body: Body; var<private> list: array<Body, 4>;
    var<private> v3b: vec3<bool>; var<private> v3u: vec3u;`;
  const body = bodyOf(`${declarations}\n${before}\nfn f() { _ = ${expression}; }`);
  return (body[0] as { value: Typed }).value;
}

test.each([
  ['f1 + 1', 'f32'],
  ['1 + u', 'u32'],
  ['2 * v3', 'vec3<f32>'],
  ['v3 * f1', 'vec3<f32>'],
  ['v3i % 4', 'vec3<i32>'],
  ['m * v3', 'vec2<f32>'],
  ['v2 * m', 'vec3<f32>'],
  ['m * transpose(m)', 'mat2x2<f32>'],
  ['m * 2', 'mat3x2<f32>'],
  ['m[1]', 'vec2<f32>'],
  ['m[i].y', 'f32'],
  ['v3 < vec3f(1)', 'vec3<bool>'],
  ['v3b & v3b', 'vec3<bool>'],
  ['i << u', 'i32'],
  ['v3i >> vec3u(1)', 'vec3<i32>'],
  ['1 << u', 'i32'],
  ['list[u].at.zx', 'vec2<f32>'],
  ['body.at[2]', 'f32'],
  ['select(v3, -v3, b)', 'vec3<f32>'],
  ['select(v3, vec3f(), v3b)', 'vec3<f32>'],
  ['clamp(i, -127, 127)', 'i32'],
  ['max(0, f1)', 'f32'],
  ['mix(v3, v3, 0.5)', 'vec3<f32>'],
  ['dot(v3i, v3i)', 'i32'],
  ['length(v2)', 'f32'],
  ['cross(v3, v3)', 'vec3<f32>'],
  ['any(v3b) && all(v3b)', 'bool'],
  ['vec2(u, 1)', 'vec2<u32>'],
  ['vec4(v2, 1, 2)', 'vec4<f32>'],
  ['vec3i(v3)', 'vec3<i32>'],
  ['array(1, f1)', 'array<f32, 2>'],
  ['array<Body, 2>()', 'array<Body, 2>'],
  ['mat2x2(1, 2, 3, f1)', 'mat2x2<f32>'],
  ['bitcast<u32>(1.0)', 'u32'],
  ['bitcast<vec3<f32>>(v3i)', 'vec3<f32>'],
  ['pack4x8unorm(vec4f(1))', 'u32'],
  ['unpack2x16float(u)', 'vec2<f32>'],
  ['extractBits(i, 3, 4)', 'i32'],
  ['countOneBits(v3u)', 'vec3<u32>'],
  ['sqrt(2) * f1', 'f32'],
  ['modf(v3).whole', 'vec3<f32>'],
  ['frexp(v2).exp', 'vec2<i32>'],
  ['frexp(1.5)', '__frexp_result_f32'],
  ['&v3', 'ptr<private, vec3<f32>>'],
  ['(&body).mass', 'f32'],
  ['(&list)[1].mass', 'f32'],
  ['*&i', 'i32'],
])('%s is %s', (expression, type) => {
  expect(typeName(valueOf(expression).type)).toBe(type);
});

test.each([
  ['1 + 2 * 3', 7],
  ['7 / 2', 3],
  ['-7 / 2', -3],
  ['-7 % 3', -1],
  ['7 / 2.0', 3.5],
  ['4294967295u + 1u', 0],
  ['2147483647i + 1i', -2147483648],
  ['0.1f + 0.2f', Math.fround(Math.fround(0.1) + Math.fround(0.2))],
  ['0.1 + 0.2', Math.fround(0.1 + 0.2)],
  ['1i << 30u', 1073741824],
  ['-1i << 31u', -2147483648],
  ['vec2() + 1', [1, 1]],
  ['-16i >> 2u', -4],
  ['0xF0u & ~0x30u', 0xc0],
  ['5u ^ 3u', 6],
  ['f32(3)', 3],
  ['i32(-2.9)', -2],
  ['u32(2.9f)', 2],
  ['u32(-1.0f)', 0],
  ['u32(i32(-1))', 4294967295],
  ['bool(2)', 1],
  ['3 > 2 && !false', 1],
  ['vec3(1, 2, 3).zy', [3, 2]],
  ['vec2(1.5, 2) * 2', [3, 4]],
  ['vec3f(2)[1]', 2],
  ['array(5, 6, 7)[2]', 7],
  ['dot(vec2f(1, 2), vec2f(3, 4))', 11],
  ['cross(vec3f(1, 0, 0), vec3f(0, 1, 0))', [0, 0, 1]],
  ['mat2x2f(1, 2, 3, 4) * vec2f(1, 1)', [4, 6]],
  ['vec2f(1, 1) * mat2x2f(1, 2, 3, 4)', [3, 7]],
  [
    'mat2x2f(1, 2, 3, 4) * mat2x2f(0, 1, 1, 0)',
    [
      [3, 4],
      [1, 2],
    ],
  ],
  [
    'transpose(mat2x3f(1, 2, 3, 4, 5, 6))',
    [
      [1, 4],
      [2, 5],
      [3, 6],
    ],
  ],
  ['dot(vec2(3u, 4294967295u), vec2(1u, 2u))', 1],
  ['0.5 % 1e-3', 0],
  ['-7.5 % 2', -1.5],
  ['round(2.5)', 2],
  ['sign(-3)', -1],
  ['clamp(9, 1, 4)', 4],
  ['min(vec2(1, 5), vec2(3, 2))', [1, 2]],
  ['select(1, 2, true)', 2],
  ['mix(1.0, 3.0, 0.5)', 2],
  ['bitcast<u32>(1.0f)', 0x3f800000],
  ['countLeadingZeros(1u)', 31],
  ['Body(vec3f(1), 2).mass', 2],
] as [string, number | number[] | number[][]][])('%s is the constant %j', (expression, value) => {
  expect(valueOf(expression)).toMatchObject({ kind: 'constant', value });
});

test('abstract numbers become i32 and f32 where nothing else is said', () => {
  expect(typeName(valueOf('1').type)).toBe('i32');
  expect(typeName(valueOf('1.0').type)).toBe('f32');
  expect(typeName(valueOf('array(vec2(1, 2), vec2(3, 4))').type)).toBe('array<vec2<i32>, 2>');
  expect(typeName(valueOf('TABLE[u]', 'const TABLE = array(1, 2.5);').type)).toBe('f32');
});

test('module-scope names may be used before they are declared', () => {
  const body = bodyOf(
    'fn f() -> f32 { return A; } const A = B * 2.0; const B = f32(C); const C = 3;',
  );
  expect(body[0]).toMatchObject({ kind: 'return', value: { kind: 'constant', value: 6 } });
});

test('constants from the outside replace consts and overrides, and what follows from them', () => {
  const wgsl = 'const A = 2u; override B: f32; const C = A * 3u; fn f() { _ = C; _ = B; }';
  const body = bodyOf(wgsl, { A: 5, B: 0.5 });
  expect(body).toMatchObject([{ value: { value: 15 } }, { value: { value: 0.5 } }]);
});

test('inner names hide outer ones, and built-in functions', () => {
  const body = bodyOf(`
    fn cross(a: f32) -> f32 { return a; }
    fn f() -> f32 { let x = 1.0; { let x = 2u; _ = x; } let step = x; return cross(step); }
  `);
  expect(body.at(-1)).toMatchObject({ value: { kind: 'call', function: { name: 'cross' } } });
});

test('loops of every kind are one', () => {
  const body = bodyOf(`fn f() {
    for (var i = 0; i < 4; i++) { continue; }
    while true { break; }
    loop { var x = 1; continuing { x += 1; break if x > 3; } }
  }`);
  expect(body).toMatchObject([
    {
      kind: 'loop',
      init: { kind: 'var' },
      condition: { operator: '<' },
      continuing: [{ kind: 'assign' }],
    },
    { kind: 'loop', init: null, condition: { kind: 'constant' }, body: [{ kind: 'break' }] },
    { kind: 'loop', condition: null, breakIf: { operator: '>' } },
  ]);
});

test('a switch takes the type of its cases', () => {
  const body = bodyOf('fn f() { switch 3 { case 1u, 2: {} case default, 4: { return; } } }');
  expect(body[0]).toMatchObject({
    kind: 'switch',
    selector: { type: { name: 'u32' } },
    cases: [
      { values: [1, 2], isDefault: false },
      { values: [4], isDefault: true },
    ],
  });
});

test('entry points come with their inputs, bindings in order', () => {
  const { entries, bindings } = checkModule(`
    struct Inputs { @builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32 }
    const SIZE = 32;
    @group(1) @binding(0) var<uniform> c: vec4f;
    @group(0) @binding(2) var<storage> b: array<f32>;
    @group(0) @binding(1) var<storage, read_write> a: array<atomic<u32>, 8>;
    @compute @workgroup_size(SIZE / 4, 2)
    fn main(inputs: Inputs, @builtin(global_invocation_id) id: vec3u) {}
    @compute @workgroup_size(1) fn other() {}
  `);
  expect(entries.map(({ name, workgroupSize, inputs }) => [name, workgroupSize, inputs])).toEqual([
    ['main', [8, 2, 1], [['workgroup_id', 'local_invocation_index'], 'global_invocation_id']],
    ['other', [1, 1, 1], []],
  ]);
  expect(bindings.map(({ name, space, access }) => [name, space, access])).toEqual([
    ['a', 'storage', 'read_write'],
    ['b', 'storage', 'read'],
    ['c', 'uniform', 'read'],
  ]);
  expect(bytesOf(bindings[0]!.type)).toBe(32);
});

test('atomics, barriers and workgroup memory', () => {
  checkModule(`
    var<workgroup> tile: array<f32, 64>;
    var<workgroup> total: atomic<i32>;
    @group(0) @binding(0) var<storage, read_write> counts: array<atomic<u32>>;
    @compute @workgroup_size(64)
    fn main(@builtin(local_invocation_index) lane: u32) {
      tile[lane] = 1.0;
      workgroupBarrier();
      atomicAdd(&total, -1);
      let before = atomicExchange(&counts[lane], 3u);
      let result = atomicCompareExchangeWeak(&counts[0], before, 4);
      if (result.exchanged && arrayLength(&counts) > 4) { atomicStore(&counts[1], result.old_value); }
      let all = workgroupUniformLoad(&tile[0]);
      storageBarrier();
    }
  `);
});

describe('pointers', () => {
  test('to parts of variables, as parameters', () => {
    const body = bodyOf(`
      struct World { robots: array<vec2f, 3>, n: u32 }
      fn push(world: ptr<function, World>, i: u32) { (*world).robots[i].x += 1.0; world.n = 2; }
      fn turn(v: ptr<function, vec2f>) { *v = -*v; }
      fn f() { var w: World; push(&w, 1u); turn(&w.robots[2]); let p = &w; (*p).n = 1u; }
    `);
    expect(body.slice(1, 3)).toMatchObject([
      { kind: 'call', call: { args: [{ kind: 'address' }, { kind: 'constant' }] } },
      { kind: 'call', call: { args: [{ kind: 'address', place: { kind: 'index' } }] } },
    ]);
  });

  test('into buffers, as parameters', () => {
    checkModule(`
      @group(0) @binding(0) var<storage, read_write> a: array<f32>;
      fn put(p: ptr<storage, array<f32>, read_write>, i: u32) { (*p)[i] = 1.0; }
      @compute @workgroup_size(1) fn main() { put(&a, 1u); }
    `);
  });
});

import { expect, test } from 'vitest';
import { WgslError } from '../wgsl-error.ts';
import { checkModule } from './check-module.ts';

/** Checks a text in which `§` marks where the error is. */
function errorOf(marked: string): { error: WgslError; line: number; column: number } {
  const at = marked.indexOf('§');
  const before = marked.slice(0, at).split('\n');
  const wgsl = marked.slice(0, at) + marked.slice(at + 1);
  try {
    checkModule(wgsl);
  } catch (error) {
    if (error instanceof WgslError) {
      return { error, line: before.length, column: before.at(-1)!.length + 1 };
    }
    throw error;
  }
  throw new Error(`no error in ${wgsl}`);
}

function expectError(marked: string, construct: string, cure: string): void {
  const { error, line, column } = errorOf(marked);
  expect(error.message).toContain(cure);
  expect(error.construct).toContain(construct);
  expect([error.line, error.column]).toEqual([line, column]);
}

/** Statements of a function that has a few variables to work with. */
const inFunction = (statements: string): string => `
@group(0) @binding(0) var<storage> given: array<f32>;
@group(0) @binding(1) var<uniform> settings: vec4f;
@group(0) @binding(2) var<storage, read_write> counts: array<atomic<u32>>;
struct Body { at: vec3f, mass: f32 }
fn nothing() {}
fn twice(x: f32) -> f32 { return x * 2.0; }
fn put(p: ptr<function, f32>) { *p = 1.0; }
fn f(i: i32, u: u32, x: f32, v: vec3f, m: mat2x3f, flag: bool, body: Body) {
  var list: array<f32, 4>;
  var w: vec3f;
  ${statements}
}`;

test.each([
  // names
  ['_ = §missing;', "'missing'", 'declared'],
  ['_ = §floor2(x);', "'floor2'", 'did you mean floor'],
  ['_ = §twice;', "function 'twice' as a value", "add '(...)'"],
  ['_ = §vec3f;', "type 'vec3f' as a value", 'construct'],
  ['let a = 1; let §a = 2;', "'a'", 'rename'],
  ['let §x = 1;', "'x'", 'rename'],
  ['let §__a = 1;', "'__a'", '__'],
  ['var a: §Boddy;', "type 'Boddy'", 'no type'],
  ['var a: §f16;', "'f16'", 'f32'],
  ['var a: §vec3;', "'vec3'", 'vec3<f32>'],
  ['var a: §texture_2d;', "'texture_2d'", 'storage buffer'],
  // operators
  ['_ = x + §u;', 'f32 and u32', 'f32(x)'],
  ['_ = i + §u;', 'i32 and u32', 'convert one'],
  ['_ = x + §true;', 'bool', 'convert'],
  ['_ = v §+ m;', 'vec3<f32> + mat2x3<f32>', 'matrices'],
  ['_ = m §* v;', 'mat2x3<f32> * vec3<f32>', 'columns'],
  ['_ = m §/ m;', 'mat2x3', 'inverse'],
  ['_ = v §== 1.0;', 'vec3<f32> == ', 'one type'],
  ['_ = v §* v.xy;', 'vec3<f32> * vec2<f32>', 'one size'],
  ['_ = x §& x;', 'f32 & f32', 'bitcast<u32>'],
  ['_ = flag §< flag;', 'bool < bool', 'order'],
  ['_ = flag §+ flag;', 'bool + bool', 'select'],
  ['_ = §x << 1u;', 'f32', 'bitcast<u32>'],
  ['_ = u << §i;', 'i32', 'u32'],
  ['_ = u << §32u;', 'a shift', 'at most 31'],
  ['_ = 1i §<< 31u;', '1 << 31', 'loses bits'],
  ['_ = 3u §<< 31u;', '3 << 31', 'loses bits'],
  ['_ = §u && flag;', 'u32', "'!='"],
  ['_ = §-u;', '-u32', 'i32(x)'],
  ['_ = §!u;', '!u32', "'== 0'"],
  ['_ = §~x;', '~f32', 'integers'],
  ['_ = body §+ body;', 'Body + Body', 'members'],
  ['_ = i / §0;', "'/ 0'", 'divisor'],
  ['_ = u % §0u;', "'% 0'", 'divisor'],
  ['_ = 1u §/ 0u;', '1 / 0', 'division by zero'],
  ['_ = 1.0 §/ 0.0;', '1 / 0', 'not finite'],
  // places
  ['_ = v§.w;', "'.w'", 'xyz'],
  ['_ = v§.xg;', "'.xg'", 'components'],
  ['_ = body§.weight;', "'.weight'", 'Body has at, mass'],
  ['_ = x§.y;', "'.y' of f32", 'components'],
  ['_ = x§[0];', 'an index of f32', 'arrays'],
  ['_ = list[§4];', 'index 4', 'last index is 3'],
  ['_ = list[§-1];', 'index -1', '3'],
  ['_ = list[§x];', 'an index of f32', 'u32(...)'],
  ['_ = v[§3];', 'index 3', '2'],
  ['_ = given[§-1];', 'index -1', 'at least 0'],
  ['_ = §*x;', "'*' of f32", 'leave it out'],
  ['_ = §&x;', "'&' of a value", "'var'"],
  ['_ = §&w.x;', "'&' of a component", 'vector'],
  ['§x = 1.0;', 'x', "'var'"],
  ['§x += 1.0;', 'x', "'var'"],
  ['given§[0] = 1.0;', 'only read', 'read_write'],
  ['settings§.x = 1.0;', 'only read', 'storage'],
  ['w§.xx = v.xy;', 'twice', 'once'],
  ['counts§[0] = 1u;', 'atomic', 'atomicStore'],
  ['w = §x;', 'f32', 'vec3<f32>'],
  ['w.x = §u;', 'u32', 'f32(...)'],
  ['list[0] += §u;', 'f32 and u32', 'convert'],
  ['§w.x *= v;', "'*='", 'left side is f32'],
  // calls
  ['§nothing(1);', '1 arguments', 'takes 0'],
  ['_ = §nothing();', "'nothing(...)' as a value", 'statement'],
  ['_ = twice(§u);', 'u32', 'f32(...)'],
  ['put(§x);', 'f32', "'&'"],
  ['put(§&w);', 'ptr<function, vec3<f32>>', 'ptr<function, f32>'],
  ['§floor(x);', "'floor(...)' as a statement", '_ = floor'],
  ['_ = §floor(i);', 'floor(i32)', 'f32(x)'],
  ['_ = §max(x);', '1 arguments', 'takes 2'],
  ['_ = max(x, §v);', 'max(f32, vec3<f32>)', 'vec3<f32>(x)'],
  ['_ = max(x, §i);', 'f32 and i32', 'convert'],
  ['_ = §clamp(x, 1.0, 0.0);', 'clamp', 'exchange'],
  ['_ = §select(x, x, u);', 'select', 'bool'],
  ['_ = §dot(x, x);', 'dot(f32, f32)', 'vectors'],
  ['_ = §length(m);', 'length', 'vectors'],
  ['_ = §cross(v.xy, v.xy);', 'cross', 'vec3<f32>'],
  ['_ = §arrayLength(&list);', 'arrayLength', 'without a count'],
  ['_ = §atomicLoad(&list[0]);', 'atomicLoad', 'atomic'],
  ['_ = §dpdx(x);', "'dpdx'", 'fragment'],
  ['_ = §sqrt(-1.0);', 'sqrt', 'finite'],
  // construction
  ['_ = §vec3f(1.0, 2.0);', '2 components', '3 components'],
  ['_ = vec3f(1.0, 2.0, §u);', 'u32', 'f32(...)'],
  ['_ = §Body(v);', '1 parts', '2 parts'],
  ['_ = Body(v, §u);', 'u32', 'part 2'],
  ['_ = §array<f32, 2>(1.0);', '1 parts', '2'],
  ['_ = §f32(v);', 'f32(vec3<f32>)', 'one scalar'],
  ['_ = §u32(-1);', 'u32', 'does not fit'],
  ['_ = u + §-1;', 'abstract-int', 'does not fit u32'],
  ['var a: i32 = §1.5;', 'abstract-float', 'convert it with i32'],
  ['_ = §bitcast<u32>(flag);', 'bitcast<u32>', 'bits'],
  ['_ = §bitcast<f32>(0x7f800000u);', 'bitcast<f32>', 'finite'],
  ['_ = §array<f32>();', 'array<f32>', 'known size'],
  ['_ = §mat2x2(1u, 2u, 3u, 4u);', 'mat2x2', 'f32'],
  // statements
  ['if §x {}', 'a condition of f32', "'!='"],
  ['while §u {}', 'a condition of u32', "'!='"],
  ['§break;', "'break'", 'loop'],
  ['§loop {}', 'a loop without end', "'break'"],
  ['§for (;;) { continue; }', 'a loop without end', "'break'"],
  ['§w.x++;', "'++' of f32", "'+= 1'"],
  ['§continue;', "'continue'", 'loop'],
  ['loop { continuing { §continue; } }', "'continue'", 'body'],
  ['loop { continuing { §return; } }', "'return'", 'body'],
  ['return §1;', "'return' with a value", '->'],
  ['switch §x { default: {} }', 'f32', 'i32 or u32'],
  ['§switch i { case 1: {} }', "'switch' without 'default'", 'default: {}'],
  ['switch i { case 1, §1: {} default: {} }', 'case 1', 'twice'],
  ['switch i { case §u: {} default: {} }', 'u32', 'i32'],
  ['const a = §x;', "const 'a'", "'let'"],
  ['§const_assert 1 > 2;', "'const_assert'", 'does not hold'],
  ['var §a = &w;', "var 'a'", "'let'"],
  ['var §a: array<f32, 100000>;', '400000 bytes', 'storage buffer'],
  ['var a: array<f32, §u>;', 'u32', 'constant integer'],
  ['var a: array<f32, §0>;', '0 elements', 'at least one'],
  ['var §a: array<f32>;', 'array<f32>', 'known size'],
])('in a function: %s', (statement, construct, cure) => {
  expectError(inFunction(statement), construct, cure);
});

test.each([
  ['const a = b; const b = §a;', "'a'", 'circle'],
  ['struct A { b: B } struct B { a: §A }', "'A'", 'circle'],
  ['const a = 1; const §a = 2;', "'a'", 'rename'],
  ['const a = §f(); fn f() -> f32 { return 1.0; }', "const 'a'", 'not constant'],
  ['override §a: f32;', "override 'a'", 'give it a value'],
  ['override §a = vec2f(1.0);', 'vec2<f32>', 'scalars'],
  ['var §a: f32;', "var 'a'", 'var<storage'],
  ['var<storage> §a: array<f32>;', "'a'", '@group(0)'],
  ['@group(0) @binding(0) var<private> §a: f32;', "'a'", 'no binding'],
  ['@group(§9) @binding(0) var<storage> a: f32;', '@group(9)', '0 to 3'],
  ['@group(0) @binding(0) var<storage, write> §a: f32;', "'a'", "'read'"],
  ['@group(0) @binding(0) var<storage> §a: bool;', "'a'", 'u32'],
  ['@group(0) @binding(0) var<storage> §a: atomic<u32>;', "'a'", 'read_write'],
  ['@group(0) @binding(0) var<uniform> §a: array<f32, 4>;', "'a'", 'vec4<f32>'],
  ['@group(0) @binding(0) var<uniform> §a: array<f32>;', "'a'", 'count'],
  [
    'struct I { x: f32 } struct S { a: f32, b: I } @group(0) @binding(0) var<uniform> §s: S;',
    "'s'",
    '@align(16)',
  ],
  [
    '@group(0) @binding(0) var<storage> a: f32; @group(0) @binding(0) var<storage> §b: f32;' +
      '@compute @workgroup_size(1) fn f() { g(); _ = b; } fn g() { _ = a; }',
    '@group(0) @binding(0)',
    'each its own',
  ],
  ['var<workgroup> §a: array<f32, 5000>;', "'a'", '16384'],
  ['var<workgroup> §a = 1.0;', "'a'", 'private'],
  ['struct S { §a: array<f32>, b: f32 }', "member 'a'", 'last member'],
  ['struct S { a: f32, §a: f32 }', "member 'a'", 'rename'],
  ['struct S { §a: ptr<function, f32> }', "member 'a'", 'pointers'],
  ['struct S { @align(§3) a: f32 }', '@align(3)', 'power of two'],
  ['struct S { @size(§2) a: f32 }', '@size(2)', '4 bytes'],
  ['struct S { §@location(0) a: f32 }', "'@location'", 'remove'],
  ['alias A = array<array<f32, §0>, 2>;', '0 elements', 'at least one'],
  ['alias A = §array<array<f32, 100000>, 100000>;', 'bytes', 'at most'],
  ['alias A = atomic<§f32>;', 'atomic<f32>', 'bitcast'],
  ['alias A = §ptr<storage>;', "'ptr'", 'ptr<function'],
  ['alias A = vec2<§vec2f>;', 'vec2<vec2<f32>>', 'f32, i32'],
  ['alias A = §mat2x2<i32>;', 'matrix of i32', 'f32'],
  ['const_assert §1;', 'a condition of abstract-int', "'!='"],
  // functions
  ['fn §f() -> f32 { if true { return 1.0; } }', "fn 'f'", "'return'"],
  [
    'fn §f(x: i32) -> f32 { switch x { case 1: { return 1.0; } default: { break; } } }',
    "fn 'f'",
    "'return'",
  ],
  ['fn §f() -> f32 { while true { return 1.0; } }', "fn 'f'", "'return'"],
  ['fn f() -> f32 { return §1u; }', 'u32', 'f32'],
  ['fn f() -> f32 { §return; }', "'return' without a value", 'f32'],
  ['fn f() { §f(); }', "call of 'f'", 'calls itself'],
  ['fn f() { g(); } fn g() { h(); } fn h() { §f(); }', "call of 'f'", 'calls itself'],
  ['fn f(a: f32, §a: f32) {}', "'a'", 'rename'],
  ['fn f() -> §ptr<function, f32> {}', 'a pointer as result', 'parameter'],
  ['fn f(a: §array<f32>) {}', 'array<f32>', 'pointer'],
  ['§@vertex fn f() {}', "'@vertex'", 'compute'],
  ['§@inline fn f() {}', "'@inline'", 'remove'],
  // entry points
  ['@compute fn §f() {}', "'f'", '@workgroup_size(64)'],
  ['@compute @workgroup_size(§300) fn f() {}', 'workgroup size 300', '1 to 256'],
  ['@compute §@workgroup_size(256, 2) fn f() {}', 'workgroup of 512', '256'],
  ['@compute @workgroup_size(§0) fn f() {}', 'workgroup size 0', '1 to 256'],
  ['@compute @workgroup_size(1) fn f() -> §f32 { return 1.0; }', "the result of 'f'", 'buffer'],
  ['@compute @workgroup_size(1) fn f(§id: vec3u) {}', "parameter 'id'", '@builtin'],
  [
    '@compute @workgroup_size(1) fn f(§@builtin(position) id: vec3u) {}',
    '@builtin(position)',
    'global_invocation_id',
  ],
  [
    '@compute @workgroup_size(1) fn f(§@builtin(workgroup_id) id: vec3f) {}',
    'vec3<f32>',
    'vec3<u32>',
  ],
  ['@compute @workgroup_size(1) fn f() {} fn g() { §f(); }', "call of 'f'", 'entry point'],
])('in a module: %s', (text, construct, cure) => {
  expectError(text, construct, cure);
});

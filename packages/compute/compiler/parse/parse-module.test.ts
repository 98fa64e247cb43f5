import { describe, expect, test } from 'vitest';
import { parseModule } from './parse-module.ts';

const body = (text: string) => parseModule(`fn f() {\n${text}\n}`).functions[0]!.body;

test('declarations of every kind come with their attributes', () => {
  const module = parseModule(`
    struct Body { @align(16) at: vec2f, mass: f32 }
    alias Bodies = array<Body>;
    const N = 4u;
    @id(3) override SCALE: f32 = 2.0;
    const_assert N > 1u;
    @group(0) @binding(1) var<storage, read_write> bodies: Bodies;
    var<workgroup> tile: array<f32, N>;
    @compute @workgroup_size(8, 4)
    fn main(@builtin(global_invocation_id) id: vec3u) {}
    fn two() -> f32 { return 2.0; }
  `);
  expect(module.structs[0]!.members.map((member) => member.name)).toEqual(['at', 'mass']);
  expect(module.structs[0]!.members[0]!.attributes[0]).toMatchObject({ name: 'align' });
  expect(module.aliases[0]).toMatchObject({ name: 'Bodies', type: { name: 'array' } });
  expect(module.asserts).toHaveLength(1);
  expect(module.globals.map(({ how, name, space, access }) => [how, name, space, access])).toEqual([
    ['const', 'N', null, null],
    ['override', 'SCALE', null, null],
    ['var', 'bodies', 'storage', 'read_write'],
    ['var', 'tile', 'workgroup', null],
  ]);
  expect(module.globals[2]!.attributes.map((attribute) => attribute.name)).toEqual([
    'group',
    'binding',
  ]);
  expect(module.functions[0]!.attributes.map((one) => [one.name, one.args.length])).toEqual([
    ['compute', 0],
    ['workgroup_size', 2],
  ]);
  expect(module.functions[1]).toMatchObject({ name: 'two', result: { name: 'f32' } });
});

test('nodes keep their offset into the text', () => {
  const text = 'const A = 1;\nfn f(x: f32) -> f32 {\n  return x * 2.0;\n}\n';
  const [statement] = parseModule(text).functions[0]!.body;
  const { value } = statement as { value: { at: number; left: { at: number } } };
  expect(text.slice(statement!.at)).toMatch(/^return/);
  expect(text.slice(value.at)).toMatch(/^\* 2/);
  expect(text.slice(value.left.at)).toMatch(/^x \*/);
});

test('control flow', () => {
  expect(body('for (var i = 0u; i < 4u; i++) { continue; }')[0]).toMatchObject({
    kind: 'for',
    init: { kind: 'declare', name: 'i' },
    condition: { operator: '<' },
    update: { kind: 'assign', operator: '+' },
  });
  expect(body('while a { break; }')[0]).toMatchObject({ kind: 'for', init: null, update: null });
  expect(body('loop { a(); continuing { b(); break if c; } }')[0]).toMatchObject({
    kind: 'loop',
    body: [{ kind: 'call' }],
    continuing: [{ kind: 'call' }],
    breakIf: { name: 'c' },
  });
  expect(body('if (a) {} else if b {} else { return; }')[0]).toMatchObject({
    kind: 'if',
    then: [],
    else: [{ kind: 'if', else: [{ kind: 'return' }] }],
  });
  expect(body('switch x { case 1, 2: { a(); } case 3, default {} }')[0]).toMatchObject({
    kind: 'switch',
    cases: [{ selectors: [{ value: 1 }, { value: 2 }] }, { selectors: [{ value: 3 }, null] }],
  });
});

test('assignments', () => {
  expect(body('a.x[1] <<= 2u; b--; _ = c; (*p).q = 1; *p = 2;')).toMatchObject([
    { operator: '<<', target: { kind: 'index' } },
    { operator: '-', value: { value: 1 } },
    { operator: null, target: null },
    { operator: null, target: { kind: 'member', base: { kind: 'unary', operator: '*' } } },
    { operator: null, target: { kind: 'unary', operator: '*' } },
  ]);
});

describe('errors', () => {
  test.each([
    ['fn f() { let x = 1 }', 1, 20, "'}'", "';'"],
    ['fn f() {', 1, 9, "'end of text'", 'expression'],
    ['fn f() { let x; }', 1, 15, "';'", "needs '= value'"],
    ['fn f() { var x; }', 1, 15, "';'", "needs '= value'"],
    ['fn f() { 1 + 2; }', 1, 12, "'+'", 'assignment or a call'],
    ['fn f() { discard; }', 1, 10, "'discard'", "'return;'"],
    ['fn f() { break if x; }', 1, 16, "'if'", 'continuing'],
    ['fn f() { loop { continuing {} a(); } }', 1, 31, "'a'", "ends the loop's body"],
    ['fn f() { for (;; let i = 1) {} }', 1, 22, "'let'", 'declares nothing'],
    ['fn f() { switch x { 1: {} } }', 1, 21, "'1'", "'case'"],
    ['fn f() { switch x { case : {} } }', 1, 26, "':'", 'expression'],
    ['\nfloat x;', 2, 1, "'float'", "'fn'"],
    ['enable f16;', 1, 1, "'enable'", 'remove the line'],
    ['requires bindless;', 1, 10, "'bindless'", 'remove it'],
    ['diagnostic(off, x', 1, 18, "'end of text'", "','"],
    ['fn target() {}', 1, 4, "'target'", 'reserved'],
    ['struct A { this: f32 }', 1, 12, "'this'", 'reserved'],
    ['fn f() { let static = 1; }', 1, 14, "'static'", 'reserved'],
    ['const = 3;', 1, 7, "'='", 'a name'],
    ['struct S { a: f32; b: f32 }', 1, 18, "';'", "','"],
  ])('%s', (text, line, column, construct, cure) => {
    expect(() => parseModule(text)).toThrow(
      expect.objectContaining({ line, column, construct, message: expect.stringContaining(cure) }),
    );
  });

  test('statements nest to a limit', () => {
    expect(() => body('{'.repeat(300))).toThrow(/nesting is at most 127/);
    expect(() => body(`if a {} ${'else if a {} '.repeat(300)}`)).toThrow(/nesting/);
  });
});

test('features that are part of the subset may be required', () => {
  const text = 'requires unrestricted_pointer_parameters, pointer_composite_access;\n';
  expect(parseModule(`${text}diagnostic(off, derivative_uniformity);`).functions).toEqual([]);
});

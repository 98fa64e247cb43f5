import { describe, expect, test } from 'vitest';
import type { Expression } from './ast.ts';
import { parseExpression } from './parse-expression.ts';
import { Source } from './source.ts';
import { TokenStream } from './token-stream.ts';

const parse = (text: string): Expression => parseExpression(new TokenStream(new Source(text)));

/** The tree with every operator's operands in parentheses. */
function shape(expression: Expression): string {
  switch (expression.kind) {
    case 'name': {
      const list = expression.template?.map(shape).join(', ');
      return list === undefined ? expression.name : `${expression.name}<${list}>`;
    }
    case 'literal':
      return `${expression.value}:${expression.type}`;
    case 'call':
      return `${shape(expression.callee)}(${expression.args.map(shape).join(', ')})`;
    case 'index':
      return `${shape(expression.base)}[${shape(expression.index)}]`;
    case 'member':
      return `${shape(expression.base)}.${expression.member}`;
    case 'unary':
      return `(${expression.operator}${shape(expression.operand)})`;
    default:
      return `(${shape(expression.left)} ${expression.operator} ${shape(expression.right)})`;
  }
}

test.each([
  ['a + b * c - d', '((a + (b * c)) - d)'],
  ['a - b - c', '((a - b) - c)'],
  ['(a + b) * c', '((a + b) * c)'],
  ['a * b % c / d', '(((a * b) % c) / d)'],
  ['a < b + c && d == e', '((a < (b + c)) && (d == e))'],
  ['a && b && c', '((a && b) && c)'],
  ['a | b | c', '((a | b) | c)'],
  ['a == b << c', '(a == (b << c))'],
  ['(a & b) != c', '((a & b) != c)'],
  ['-a * b', '((-a) * b)'],
  ['-a.x[i].y', '(-a.x[i].y)'],
  ['!a && b', '((!a) && b)'],
  ['a - -b', '(a - (-b))'],
  ['a--b', '(a - (-b))'],
  ['--a', '(-(-a))'],
  ['~a & b', '((~a) & b)'],
  ['(*p).x', '(*p).x'],
  ['*p.x', '(*p.x)'],
  ['&a[i].b', '(&a[i].b)'],
])('%s binds as %s', (text, tree) => {
  expect(shape(parse(text))).toBe(tree);
});

test.each([
  ['array<vec2<f32>, N + 1>', 'array<vec2<f32>, (N + 1:abstract-int)>'],
  ['array<array<f32,2>>()', 'array<array<f32, 2:abstract-int>>()'],
  ['vec3<f32>(1, 2u, x)', 'vec3<f32>(1:abstract-int, 2:u32, x)'],
  ['bitcast<vec2<u32>>(a) >> vec2(1u)', '(bitcast<vec2<u32>>(a) >> vec2(1:u32))'],
  ['a < b', '(a < b)'],
  ['count < vec2<f32>(1).x', '(count < vec2<f32>(1:abstract-int).x)'],
  ['ptr<function, f32>', 'ptr<function, f32>'],
  ['array<f32, 4,>', 'array<f32, 4:abstract-int>'],
])('template lists: %s', (text, tree) => {
  expect(shape(parse(text))).toBe(tree);
});

test.each([
  ['1', 'abstract-int', 1],
  ['1i', 'i32', 1],
  ['4294967295u', 'u32', 4294967295],
  ['0xFFu', 'u32', 255],
  ['0x1f', 'abstract-int', 31],
  ['1.', 'abstract-float', 1],
  ['.5', 'abstract-float', 0.5],
  ['1e3', 'abstract-float', 1000],
  ['2f', 'f32', 2],
  ['0.1f', 'f32', Math.fround(0.1)],
  ['0x1.8p3', 'abstract-float', 12],
  ['0x.8p0f', 'f32', 0.5],
  ['0x1P-2', 'abstract-float', 0.25],
  ['0xA.', 'abstract-float', 10],
  ['0x1f', 'abstract-int', 31],
  ['true', 'bool', 1],
] as const)('the literal %s is %s', (text, type, value) => {
  expect(parse(text)).toMatchObject({ kind: 'literal', type, value });
});

describe('errors', () => {
  test.each([
    ['a & b == c', 3, "'=='", 'parentheses'],
    ['a << b + c', 3, "'+'", 'parentheses'],
    ['a && b || c', 8, "'&&'", 'parentheses'],
    ['a < b < c', 7, "'<'", 'parentheses'],
    ['2147483648i', 1, "'2147483648i'", 'does not fit i32'],
    ['4294967296u', 1, "'4294967296u'", 'does not fit u32'],
    ['1e39f', 1, "'1e39f'", 'too large'],
    ['1e400', 1, "'1e400'", 'too large'],
    ['1.0h', 1, "'1.0h'", "write 'f'"],
    ['01', 1, "'01'", 'leading zeros'],
    ['a + ', 5, "'end of text'", 'an expression'],
    ['f(a, b', 7, "'end of text'", "','"],
    ['a[1', 4, "'end of text'", "']'"],
    ['array<f32', 10, "'end of text'", "'>'"],
    ['a + if', 5, "'if'", 'an expression'],
  ])('%s', (text, column, construct, cure) => {
    expect(() => parse(text)).toThrow(
      expect.objectContaining({
        line: 1,
        column,
        construct: expect.stringContaining(construct),
        message: expect.stringContaining(cure),
      }),
    );
  });

  test('nesting and rows have a limit, so that no text overflows the stack', () => {
    const deep = `${'('.repeat(1000)}1${')'.repeat(1000)}`;
    expect(() => parse(deep)).toThrow(/nesting is at most 127/);
    expect(() => parse('-'.repeat(1000) + '1')).toThrow(/nesting/);
    expect(() => parse(Array.from({ length: 1000 }, () => '1').join('+'))).toThrow(/at most 500/);
    expect(() => parse(`a${'[0]'.repeat(1000)}`)).toThrow(/at most 500/);
  });
});

import { expect, test } from 'vitest';
import { lex } from './lex.ts';
import { Source } from './source.ts';

const words = (text: string): string[] => lex(new Source(text)).map((token) => token.text);

test('numbers keep their suffix and need no blanks around them', () => {
  expect(words('1+2u-.5f*1e-3/0x1Fu')).toEqual([
    '1',
    '+',
    '2u',
    '-',
    '.5f',
    '*',
    '1e-3',
    '/',
    '0x1Fu',
    'end of text',
  ]);
});

test('the longest symbol wins', () => {
  expect(words('a<<=b>>=c<=d==e&&f||!g++ --')).toEqual([
    'a',
    '<<=',
    'b',
    '>>=',
    'c',
    '<=',
    'd',
    '==',
    'e',
    '&&',
    'f',
    '||',
    '!',
    'g',
    '++',
    '--',
    'end of text',
  ]);
});

test('comments fall away; block comments nest', () => {
  expect(words('a // b\n/* c /* d */ e */ f')).toEqual(['a', 'f', 'end of text']);
});

test('a comment without an end is an error at its start', () => {
  expect(() => words('a\n  /* b /* c */')).toThrow(
    expect.objectContaining({ line: 2, column: 3, construct: 'comment' }),
  );
});

test('names may be written in any script', () => {
  expect(words('größe 速度')).toEqual(['größe', '速度', 'end of text']);
});

test('a character that means nothing is an error where it stands', () => {
  expect(() => words('a\nb $')).toThrow(
    expect.objectContaining({ line: 2, column: 3, construct: "'$'" }),
  );
});

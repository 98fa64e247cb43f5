import { environments, environmentText } from '@dreampitch/sim';
import { expect, test } from 'vitest';
import { spansOf } from './highlight.ts';

test('spans joined are the line, whatever it is', () => {
  for (const environment of environments()) {
    for (const line of (environmentText(environment) ?? '').split('\n')) {
      expect(
        spansOf(line)
          .map(({ text }) => text)
          .join(''),
      ).toBe(line);
    }
  }
});

test('comments, words, types and numbers are told apart', () => {
  const kinds = spansOf('let a1 = vec2f(0.5, x); // let').map(({ kind, text }) => [kind, text]);
  expect(kinds).toEqual([
    ['word', 'let'],
    ['plain', ' a1 = '],
    ['type', 'vec2f'],
    ['plain', '('],
    ['number', '0.5'],
    ['plain', ', x); '],
    ['note', '// let'],
  ]);
});

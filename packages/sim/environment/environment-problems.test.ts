import { expect, test } from 'vitest';
import { environmentText } from './environment-file.ts';
import { environmentProblems } from './environment-problems.ts';
import { environmentById, environments } from './registry.ts';

const cartPole = environmentText(environmentById('CartPole-v1')!);

function changed(...changes: readonly (readonly [piece: string, by: string])[]): string {
  return changes.reduce((text, [piece, by]) => {
    expect(text).toContain(piece);
    return text.replace(piece, () => by);
  }, cartPole);
}

const lineOf = (text: string, words: string) =>
  text.split('\n').findIndex((line) => line.includes(words)) + 1;

test.each(environments().map(({ id }) => id))('nothing is wrong with %s', (id) => {
  expect(environmentProblems(environmentText(environmentById(id)!))).toEqual([]);
});

test('one mistake of each function is told, in the order of the lines', () => {
  const text = changed(
    ['let x = between(', 'let x = betwen('],
    ['let old = *state;', 'let old = *stat;'],
    ['return Observation(state.x,', 'return Observation(state.height,'],
  );
  const problems = environmentProblems(text);
  expect(problems.map(({ line }) => line)).toEqual([
    lineOf(text, 'betwen'),
    lineOf(text, '*stat;'),
    lineOf(text, 'state.height'),
  ]);
  expect(problems[0]!.message).toContain('betwen');
});

test('a function whose signature is wrong, or whose bracket is missing, ends the list', () => {
  for (const [piece, by] of [
    ['fn look(state: State)', 'fn look(state: Stat)'],
    ['fn look(state: State) -> Observation {', 'fn look(state: State) -> Observation'],
  ] as const) {
    const problems = environmentProblems(changed([piece, by]));
    expect(problems).toHaveLength(1);
  }
});

test('a function that gives nothing back, and one that is called with too much', () => {
  const text = changed(
    ['fn advance(', 'fn note() {\n  let a = b;\n}\n\nfn advance('],
    ['let x = between(luck,', 'let x = between(luck, 1.0,'],
  );
  expect(environmentProblems(text).map(({ line }) => line)).toEqual([
    lineOf(text, '1.0, -0.05'),
    lineOf(text, 'let a = b'),
  ]);
});

test('all that is wrong with a header is told at once', () => {
  const text = changed(['choice 2', 'jump'], ['//! step: 0.02', '//! step: long']);
  expect(environmentProblems(text).map(({ line }) => line)).toEqual([3, 4]);
});

import { expect, test } from 'vitest';
import { checkEnvironment } from './check.ts';
import { environmentText, parseEnvironment, renamedEnvironment } from './environment-file.ts';
import { environmentById, environments } from './registry.ts';
import { make } from './single-environment.ts';

const cartPole = environmentText(environmentById('CartPole-v1')!)!;
const single = environments().filter(({ agentCount }) => agentCount === 1);

test.each(single.map(({ id }) => id))('%s: its file describes it', async (id) => {
  const original = environmentById(id)!;
  const parsed = parseEnvironment(environmentText(original)!);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  expect(parsed.name).toBe(id);
  const { observationSpace, actionSpace, rules, tickSeconds } = parsed.environment;
  expect(actionSpace).toMatchObject({ kind: original.actionSpace.kind });
  expect(observationSpace.kind).toBe(original.observationSpace.kind);
  expect({ rules, tickSeconds }).toEqual({
    rules: original.rules,
    tickSeconds: original.tickSeconds,
  });
  expect(await checkEnvironment(parsed.environment)).toEqual(await checkEnvironment(original));
});

test('environments with several agents have no such file', () => {
  expect(environmentText(environmentById('soccer-1v1')!)).toBeNull();
});

test.each([
  ['no header', cartPole.replace('//! dreampitch', '// dreampitch'), 1, 'no environment file'],
  ['a later format', cartPole.replace('environment 1', 'environment 2'), 1, 'has format 2'],
  ['no name', cartPole.replace(/\/\/! name.*\n/, ''), 1, '//! name'],
  ['an unknown key', cartPole.replace('//! step', '//! stride'), 4, "no 'stride'"],
  ['a bad action', cartPole.replace('choice 2', 'jump'), 3, "not 'jump'"],
  ['a rule without a value', cartPole.replace(/\/\/! rule.*\n/, ''), 1, '//! rule stepsMax'],
  ['bounds of nothing', cartPole.replace('bounds x:', 'bounds z:'), 1, "no 'z'"],
  ['too much', cartPole + ' '.repeat(100_000), 1, 'characters'],
])('%s is said with its line', (_, text, line, words) => {
  const parsed = parseEnvironment(text);
  if (parsed.ok) throw new Error('it was taken');
  expect(parsed.problems[0]).toMatchObject({ line });
  expect(parsed.problems[0]!.message).toContain(words);
});

test('a missing function is said by its declaration', () => {
  const parsed = parseEnvironment(cartPole.replace('fn look', 'fn see'));
  expect(!parsed.ok && parsed.problems[0]!.message).toContain('fn look(state: State)');
});

test('a loop that never ends is stopped with its line', async () => {
  const text = cartPole.replace('  let old = *state;', '  let old = *state;\n  loop { }');
  const line = text.split('\n').findIndex((one) => one === '  loop { }') + 1;
  const parsed = parseEnvironment(
    text.replace('  loop { }', '  var i = 0u; while (i < 1u) { i = 0u; }'),
  );
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  using world = await make(parsed.environment);
  world.reset();
  expect(() => world.step(0)).toThrow(`line ${line}`);
});

test('a file is renamed', () => {
  const parsed = parseEnvironment(renamedEnvironment(cartPole, ' A $1 name\n '));
  expect(parsed.ok && parsed.name).toBe('A $1 name');
});

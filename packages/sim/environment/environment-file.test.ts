import { expect, test } from 'vitest';
import { checkEnvironment } from './check.ts';
import { environmentText, parseEnvironment, renamedEnvironment } from './environment-file.ts';
import { environmentById, environments } from './registry.ts';
import { make } from './single-environment.ts';

const cartPole = environmentText(environmentById('CartPole-v1')!);

test.each(environments().map(({ id }) => id))('%s: its file describes it', async (id) => {
  const original = environmentById(id)!;
  const parsed = parseEnvironment(environmentText(original));
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

test.each([
  ['no header', cartPole.replace('//! dreampitch', '// dreampitch'), 1, 'no environment file'],
  ['a later format', cartPole.replace('environment 1', 'environment 2'), 1, 'has format 2'],
  ['no name', cartPole.replace(/\/\/! name.*\n/, ''), 1, '//! name'],
  ['an unknown key', cartPole.replace('//! step', '//! stride'), 4, "no 'stride'"],
  ['a bad action', cartPole.replace('choice 2', 'jump'), 3, "not 'jump'"],
  ['a rule without a value', cartPole.replace(/\/\/! rule.*\n/, ''), 1, '//! rule stepsMax'],
  ['bounds of nothing', cartPole.replace('bounds x:', 'bounds z:'), 7, "no 'z'"],
  [
    'a rule of nothing',
    cartPole.replace('rule stepsMax', 'rule wind: 1\n//! rule stepsMax'),
    6,
    "no 'wind'",
  ],
  [
    'a key twice',
    cartPole.replace('//! step', '//! action: choice 2\n//! step'),
    4,
    'line 3 already',
  ],
  [
    'agents in the frame of one',
    cartPole.replace('//! step', '//! agents: 2\n//! step'),
    4,
    'entry points of its own',
  ],
  [
    'a random constant that is none',
    cartPole.replace('//! step', '//! random WIND: 0 .. 1\n//! step'),
    4,
    "no parameter 'WIND'",
  ],
  // Met as a TypeError, as an hour of one regular expression, as a list of millions of names.
  ['a key that every object has', cartPole.replace('//! step', '//! toString'), 4, "no 'toString'"],
  [
    'a rule that every object has',
    cartPole.replace('struct Rules {', 'struct Rules { constructor: u32,'),
    1,
    "Say '//! rule constructor",
  ],
  [
    'a line of spaces',
    cartPole.replace('//! step', `//!${' '.repeat(80_000)}x\n//! step`),
    4,
    "Want '//! key: value'",
  ],
  [
    'millions of numbers',
    cartPole.replace('struct Observation {', 'struct Observation { all: array<f32, 10000000>,'),
    1,
    'struct Observation has',
  ],
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

/** CartPole's file with lines added to its header. */
function withLines(...lines: readonly string[]): string {
  return cartPole.replace('//! step', `${lines.map((line) => `//! ${line}\n`).join('')}//! step`);
}

function parsedOf(text: string) {
  const parsed = parseEnvironment(text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.environment;
}

test('a file says what is drawn by seed', async () => {
  const environment = parsedOf(withLines('random FORCE: 1 .. 30', 'random POLE_MASS: 0.05 .. 0.2'));
  expect(await checkEnvironment(environment)).toEqual([]);
  using world = await make(environment);
  const pushed = Array.from({ length: 8 }, (_, seed) => {
    world.reset({ seed, state: [0, 0, 0, 0] });
    return (world.step(1).observation as Float32Array)[1]!;
  });
  expect(Math.max(...pushed) - Math.min(...pushed)).toBeGreaterThan(0.1);
});

test('a file says how actions and observations are disturbed', async () => {
  const environment = parsedOf(withLines('noise: 0.01', 'delay: 2', 'drop: 0.1'));
  expect(environment.disturbance).toEqual({
    observationNoise: 0.01,
    actionDelaySteps: 2,
    actionDropChance: 0.1,
  });
  using world = await make(environment);
  world.reset({ seed: 1, state: [0, 0, 0, 0] });
  // The two pushes to the right are still under way: 0 pushes to the left.
  world.step(1);
  const { observation } = world.step(1);
  expect((observation as Float32Array)[1]).toBeLessThan(-0.3);
});

test('several choices at once', async () => {
  const text = cartPole
    .replace('choice 2', 'choices 2 3')
    .replace('alias Action = i32; // 0 left, 1 right', 'struct Action { side: i32, force: i32, }')
    .replace('action == 1', 'action.side == 1')
    .replace('FORCE, FORCE', 'f32(action.force), f32(action.force)');
  const environment = parsedOf(text);
  expect(environment.actionSpace).toEqual({ kind: 'multi-discrete', counts: [2, 3] });
  using world = await make(environment);
  world.reset({ seed: 1 });
  world.step([1, 2]);
  expect(() => world.step([1, 3])).toThrow('is not in');
});

test('a text of several agents is stepped with all of them', async () => {
  const environment = parsedOf(environmentText(environmentById('soccer-2v2')!));
  expect(environment).toMatchObject({ agentCount: 4, picture: 'soccer-2v2' });
  using world = await make(environment);
  world.reset({ seed: 1 });
  const { rewards, observation } = world.step([127, 127, 0, 0, -50, 50, 0, 0]);
  expect(rewards).toHaveLength(4);
  expect(observation).toHaveLength(4 * 32);
});

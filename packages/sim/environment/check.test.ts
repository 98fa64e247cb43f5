import { expect, test } from 'vitest';
import cartPoleWgsl from '../classic/cart-pole.wgsl';
import { cartPole } from '../classic/classic.ts';
import { checkEnvironment } from './check.ts';
import { environments } from './registry.ts';
import { singleAgent } from './single-agent.ts';

/** CartPole with a piece of its text replaced. */
function changed(piece: string, by: string) {
  expect(cartPoleWgsl).toContain(piece);
  return singleAgent({
    id: 'changed',
    wgsl: cartPoleWgsl.replace(piece, by),
    observationSpace: cartPole.observationSpace,
    actionSpace: cartPole.actionSpace,
    rules: { stepsMax: 500 },
    stepSeconds: 0.02,
  });
}

test.each(environments().map((environment) => [environment.id, environment] as const))(
  'nothing is wrong with %s',
  async (_, environment) => {
    expect(await checkEnvironment(environment)).toEqual([]);
  },
);

test('a text that does not compile is told with its line', async () => {
  const [problem] = await checkEnvironment(changed('let old = *state;', 'let old = *stat;'));
  expect(problem).toMatch(/does not compile: WGSL \d+:\d+/);
});

test('observations that are no numbers, or outside of their space, are shown', async () => {
  const [problem] = await checkEnvironment(
    changed('Observation(state.x,', 'Observation(state.x * 1000.0,'),
  );
  expect(problem).toContain('An observation is not in its space');
});

test('a struct of another size than its space is told', async () => {
  const [problem] = await checkEnvironment(
    changed('  angleSpeed: f32,\n}\n\nalias', '  angleSpeed: f32,\n  more: f32,\n}\n\nalias'),
  );
  expect(problem).toContain('struct Observation has 20 bytes, the observation space 4 numbers');
});

test('rewards that are no numbers are told', async () => {
  const problems = await checkEnvironment(changed('Outcome(1.0,', 'Outcome(1.0 / (old.x * 0.0),'));
  expect(problems.join()).toContain('A reward is no number');
});

test('rules that the text does not have are told', async () => {
  const environment = { ...cartPole, rules: { stepsMax: 500, wind: 1 } };
  expect(await checkEnvironment(environment)).toEqual([
    "CartPole-v1 has no rule 'wind'; it has stepsMax.",
  ]);
});

const ENDLESS = 'var turns = 0u; while (turns < 5u) { turns &= 3u; }';

test.each([
  ['let old = *state;', `${ENDLESS} let old = *state;`],
  ['return Observation(', `${ENDLESS} return Observation(`],
  ['return State(', `${ENDLESS} return State(`],
])('a loop that does not end is stopped and told with its line (%s)', async (piece, by) => {
  const line = cartPoleWgsl.slice(0, cartPoleWgsl.indexOf(piece)).split('\n').length;
  const environment = changed(piece, by);
  const [first] = await checkEnvironment(environment);
  expect(first).toContain(`The loop in line ${line} was stopped`);
  // A budget of its own is kept.
  const [second] = await checkEnvironment({ ...environment, loopBudget: 50_000 });
  expect(second).toContain('more than 50000 iterations');
});

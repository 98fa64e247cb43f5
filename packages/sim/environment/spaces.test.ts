import { expect, test } from 'vitest';
import { checkEnvironment } from './check.ts';
import { make } from './single-environment.ts';
import { singleAgent } from './single-agent.ts';
import { pcgHash } from './seeds.ts';
import type { Space } from './spaces.ts';
import { contains, isAction, numbersOf, sample, sizeOf, valueIn, wordsOf } from './spaces.ts';

const ARM: Space = {
  kind: 'dict',
  spaces: {
    pose: { kind: 'box', type: 'f32', size: 2, low: -1, high: 1 },
    grip: { kind: 'discrete', count: 2, start: 0 },
    mode: { kind: 'multi-discrete', counts: [2, 5] },
    wheel: { kind: 'box', type: 'int8', size: 1, low: -127, high: 127 },
  },
};

test('every value of a space goes into words and back, and is in the space', () => {
  let draws = 0;
  const draw = () => pcgHash(draws++) * 2 ** -32;
  for (let i = 0; i < 50; i++) {
    const numbers = sample(ARM, draw);
    expect(numbers).toHaveLength(sizeOf(ARM));
    expect(contains(ARM, numbers)).toBe(true);
    expect(isAction(ARM, numbers)).toBe(true);
    const value = valueIn(ARM, wordsOf(ARM, numbers));
    expect(numbersOf(ARM, value)).toEqual(numbers);
  }
});

test('a value of a dict has its names, and each part its own kind', () => {
  const value = valueIn(ARM, wordsOf(ARM, [0.5, -0.5, 1, 0, 4, -9]));
  expect(value).toEqual({
    pose: Float32Array.of(0.5, -0.5),
    grip: 1,
    mode: Int32Array.of(0, 4),
    wheel: Int32Array.of(-9),
  });
  expect(contains(ARM, [0.5, -1.5, 1, 0, 4, -9])).toBe(false);
  expect(isAction(ARM, [0.5, -1.5, 1, 0, 4, -9])).toBe(true); // a box is clipped
  expect(isAction(ARM, [0.5, -1.5, 2, 0, 4, -9])).toBe(false); // a choice is not
  expect(() => numbersOf(ARM, { pose: [0, 0] })).toThrow("lacks 'grip'");
});

/** Moves by `force` where `push` is 1; sees where it is, and whether that is on the right. */
const SLED = singleAgent({
  id: 'sled',
  wgsl: `
    struct State { x: f32, }
    struct Observation { x: f32, isRight: i32, }
    struct Action { force: f32, push: i32, }
    struct Rules { stepsMax: u32, }
    fn start(luck: ptr<function, Luck>) -> State { return State(between(luck, -1.0, 1.0)); }
    fn advance(state: ptr<function, State>, action: Action, luck: ptr<function, Luck>) -> Outcome {
      (*state).x += select(0.0, clamp(action.force, -1.0, 1.0), action.push == 1);
      return Outcome((*state).x, abs((*state).x) > 5.0);
    }
    fn look(state: State) -> Observation {
      return Observation(state.x, select(0, 1, state.x > 0.0));
    }`,
  observationSpace: {
    kind: 'dict',
    spaces: {
      x: { kind: 'box', type: 'f32', size: 1, low: -6, high: 6 },
      isRight: { kind: 'discrete', count: 2, start: 0 },
    },
  },
  actionSpace: {
    kind: 'dict',
    spaces: {
      force: { kind: 'box', type: 'f32', size: 1, low: -1, high: 1 },
      push: { kind: 'discrete', count: 2, start: 0 },
    },
  },
  rules: { stepsMax: 20 },
  stepSeconds: 0.1,
});

test('an environment of dicts is made, stepped and checked', async () => {
  expect(await checkEnvironment(SLED)).toEqual([]);
  using sled = await make(SLED);
  sled.reset({ state: 0.25 });
  const { observation } = sled.step({ force: [0.5], push: 1 });
  expect(observation).toEqual({ x: Float32Array.of(0.75), isRight: 1 });
  expect(sled.step({ force: [-2], push: 1 }).observation).toMatchObject({ isRight: 0 });
  expect(() => sled.step({ force: [0], push: 2 })).toThrow('is not in');
});

test('a number too many in one part of a dict is not taken for the next part', () => {
  const box = { kind: 'box', type: 'f32', low: -1, high: 1 } as const;
  const dict = {
    kind: 'dict',
    spaces: { a: { ...box, size: 2 }, b: { ...box, size: 1 } },
  } as const;
  expect(numbersOf(dict, { a: [0.1, 0.2], b: [0.3] })).toEqual([0.1, 0.2, 0.3]);
  expect(() => numbersOf(dict, { a: [0.1, 0.2, 0.3], b: [] })).toThrow("'a' has 3 numbers; want 2");
});

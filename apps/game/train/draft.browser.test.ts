import { afterEach, expect, test } from 'vitest';
import { RUN_FOR_TESTS } from '../storage/run-for-tests.ts';
import type { RunRecipe } from '../storage/run-rows.ts';
import { NO_INPUTS, RUN_NAME_LENGTH_MAX } from '../storage/runs.ts';
import { choiceOf, CHOICES } from './algorithms.ts';
import * as drafts from './draft.ts';
import { chooseAlgorithm, chooseEnvironment, draft, inputsOf, nameFor, recipeOf } from './draft.ts';
import { problemsOf } from './fields.ts';
import { wholeRecipe } from '../storage/recipe.ts';
import { encodeRunFile } from './run-file.ts';
import type { Start } from './starts.ts';

const first = draft.value;

function chosen(id: string): string {
  chooseEnvironment({ kind: 'listed', id });
  return draft.value.algorithm;
}

afterEach(() => draft.set(first));

test.each(CHOICES.map((choice) => [choice.id, choice] as const))(
  "%s: its own defaults are within its table's ranges",
  (id, choice) => {
    for (const environment of ['CartPole-v1', 'Pendulum-v1', 'Taxi-v4', 'soccer-1v1']) {
      chooseEnvironment({ kind: 'listed', id: environment });
      chooseAlgorithm(id);
      if (draft.value.algorithm !== id) continue; // it does not fit
      expect(problemsOf(draft.value.fields, choice.options), environment).toEqual({});
    }
  },
);

test('each kind of environment begins with what learns it best, until a person chooses', () => {
  expect(['soccer-1v1', 'CartPole-v1', 'Taxi-v4'].map(chosen)).toEqual([
    'evolution',
    'ppo',
    'q-learning',
  ]);
  chooseAlgorithm('ppo');
  expect(chosen('soccer-2v2')).toBe('ppo');
});

test('numbers are read from the fields, and what is none is said by its name', () => {
  chooseEnvironment({ kind: 'listed', id: 'CartPole-v1' });
  chooseAlgorithm('ppo');
  const ppo = choiceOf('ppo')!;
  draft.set({ fields: { ...draft.value.fields, hidden: '32 16', stepsMax: '5000' }, seed: '9' });
  expect(recipeOf(draft.value, 1)).toMatchObject({
    algorithm: 'ppo',
    seed: 9,
    goalSeconds: null,
    options: { hidden: [32, 16], stepsMax: 5000 },
  });
  draft.set({ fields: { ...draft.value.fields, hidden: '32 x', stepsMax: '1.5', discount: '' } });
  expect(Object.keys(problemsOf(draft.value.fields, ppo.options)).toSorted()).toEqual([
    'discount',
    'hidden',
    'stepsMax',
  ]);
});

test.each(['', '0', '4294967295', '4294967296', '9'.repeat(309)])(
  "a run of seed '%s' is one that can be read again, or it is refused",
  (seed) => {
    draft.set({ seed });
    const kept = wholeRecipe(recipeOf(draft.value, 7));
    if (drafts.seedProblemOf(draft.value) === null) expect(kept?.seed).toBe(Number(seed || 7));
    else expect(Number(seed)).toBeGreaterThan(4294967295);
  },
);

const given = () => inputsOf(draft.value, recipeOf(draft.value, 1));

test('a run is given what its recipe names, and nothing that was chosen before', () => {
  chooseEnvironment({ kind: 'listed', id: 'soccer-1v1' });
  chooseAlgorithm('ppo');
  const bytes = Uint8Array.of(1);
  const start = { from: 'x', bytes } as unknown as Start;
  draft.set({ start, opponents: 'player', rival: { id: 1, name: 'Ada', bytes } });
  expect(given()).toEqual({ start: bytes, opponent: bytes, memory: null });
  chooseEnvironment({ kind: 'listed', id: 'Taxi-v4' });
  draft.set({ rival: { id: 1, name: 'Ada', bytes } });
  chooseAlgorithm('q-learning'); // a table: nothing to start from, and nobody to play against
  expect(given()).toEqual(NO_INPUTS);
});

test('two runs never have one name', () => {
  chooseEnvironment({ kind: 'listed', id: 'CartPole-v1' });
  const name = nameFor(draft.value, []);
  expect(name).toBe('PPO CartPole-v1');
  expect(nameFor(draft.value, [name, `${name} 2`])).toBe(`${name} 3`);
});

const LACKING: readonly (readonly [Partial<RunRecipe>, string])[] = [
  [{ start: "'PPO 2' after 9 steps" }, "It began with 'PPO 2' after 9 steps"],
  [{ opponents: { kind: 'player', name: 'Ada' } }, 'It plays against Ada'],
  [
    { keeps: { from: "version 2 of 'PPO'", version: 'v', consolidation: 0, rehearsal: 1 } },
    "It goes on from version 2 of 'PPO'",
  ],
];

test.each(LACKING)(
  'a run without what it was given is not taken for another: %o',
  (part, words) => {
    const row = { ...RUN_FOR_TESTS, id: 1, recipe: { ...RUN_FOR_TESTS.recipe, ...part } };
    expect(() => drafts.newRunLike(row, NO_INPUTS)).toThrow(`${words}, which is not kept`);
    const text = encodeRunFile(row, { points: [], inputs: NO_INPUTS });
    expect(() => drafts.newRunFrom(text)).toThrow(`${words}, which is not in this file`);
    expect(draft.value.copyOf).toBeNull();
  },
);

test('a copy of a copy of a copy has a name that a version can be kept under', () => {
  let name = 'PPO CartPole-v1';
  for (let i = 0; i < 12; i++) {
    drafts.newRunLike({ ...RUN_FOR_TESTS, name, history: null }, NO_INPUTS);
    name = nameFor(draft.value, [name, draft.value.name]);
    expect(name.length).toBeLessThanOrEqual(RUN_NAME_LENGTH_MAX);
  }
  expect(name).toMatch(/ \d$/); // what tells it from the others stays
});

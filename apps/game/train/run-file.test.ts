import { expect, test } from 'vitest';
import { RUN_FOR_TESTS } from '../storage/run-for-tests.ts';
import type { RunRow } from '../storage/run-rows.ts';
import { decodeRunFile, encodeRunFile } from './run-file.ts';

const ROW: RunRow = {
  ...RUN_FOR_TESTS,
  id: 1,
  name: 'Pupil',
  recipe: {
    ...RUN_FOR_TESTS.recipe,
    environment: { kind: 'listed', id: 'soccer-1v1' },
    options: { stepsMax: 1000, hidden: [8, 8], normalises: true },
    start: "'Teacher' after 9 steps",
    usesMatches: true,
    opponents: { kind: 'league', options: { size: 4 } },
    keeps: { from: "version 1 of 'Teacher'", version: 'ab', consolidation: 0, rehearsal: 1 },
  },
  outcome: 'finished',
};

test('a run and all that it was given come back as they went out', () => {
  // Longer than one call takes arguments.
  const start = Uint8Array.from({ length: 100_000 }, (_, i) => i * 7);
  const inputs = { start, opponent: null, memory: Uint8Array.of(0, 255) };
  const text = encodeRunFile(ROW, { points: [], inputs });
  expect(decodeRunFile(text)).toEqual({ name: 'Pupil', recipe: ROW.recipe, inputs });
});

test('files of earlier pages are made whole; others are refused in words', () => {
  const { environment, algorithm, options, seed, goalSeconds } = ROW.recipe;
  const recipe = { environment, algorithm, options, seed, goalSeconds, playerId: null };
  const { recipe: whole, inputs } = decodeRunFile(JSON.stringify({ dreampitchRun: 1, recipe }));
  expect(whole).toMatchObject({ start: null, opponents: { kind: 'scripted' }, keeps: null });
  expect(inputs).toEqual({ start: null, opponent: null, memory: null });
  for (const text of ['', 'null', '[]', '{"recipe":{}}', '{"recipe":{"seed":"x"}}']) {
    expect(() => decodeRunFile(text)).toThrow('This file is no run');
  }
  const strange = { ...ROW.recipe, options: { hidden: ['8'] } };
  expect(() => decodeRunFile(JSON.stringify({ recipe: strange }))).toThrow('no recipe');
});

/** A training run for tests, as storage keeps it: set up, at rest, and not yet begun. */
import { newRunRow } from './run-rows.ts';

export const RUN_FOR_TESTS = newRunRow({
  createdAt: 1,
  name: 'First',
  recipe: {
    environment: { kind: 'listed', id: 'CartPole-v1' },
    algorithm: 'ppo',
    options: { stepsMax: 1000 },
    seed: 7,
    goalSeconds: null,
    start: null,
    usesMatches: false,
    opponents: { kind: 'scripted' },
    keeps: null,
  },
  history: null,
});

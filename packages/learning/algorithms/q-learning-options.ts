/** Every number of q-learning-run.ts in one table. */
import * as row from './option-rows.ts';
import { integer, number, type OptionsOf, type OptionTable } from './options.ts';
import { Q_LEARNING_DEFAULTS } from './q-learning.ts';

const BOOK = 'Sutton and Barto 2018, section 6.5';
const OURS = 'ours: FrozenLake, CliffWalking and Taxi are solved with it';

export const Q_LEARNING_OPTIONS = {
  stepsMax: row.stepsMax(200_000, OURS),
  worldCount: row.worldCount(8, OURS, { high: 256, basic: false }),
  learningRate: row.learningRate(Q_LEARNING_DEFAULTS.learningRate, BOOK, {
    words: 'Share of the error by which a value moves (alpha)',
    low: 1e-6,
  }),
  discount: row.discount(Q_LEARNING_DEFAULTS.discount, BOOK, {
    unit: 'per step',
    words: 'What the next step is worth against this one (gamma)',
  }),
  epsilonShare: number(0.5, {
    label: 'Exploring',
    unit: 'of the steps',
    words: 'Over this share of the steps random actions become rare',
    source: OURS,
    low: 0,
    high: 1,
    scale: 'linear',
    basic: true,
  }),
  epsilonLeast: number(Q_LEARNING_DEFAULTS.epsilonLeast, {
    label: 'Random actions at last',
    unit: '',
    words: 'Share of random actions from then on (epsilon)',
    source: OURS,
    low: 0,
    high: 1,
    scale: 'linear',
  }),
  initialValue: number(Q_LEARNING_DEFAULTS.initialValue, {
    label: 'First value',
    unit: '',
    words: 'Of every action before it is tried; optimistic ones explore by themselves',
    source: BOOK,
    low: -1e6,
    high: 1e6,
    scale: 'linear',
  }),
  replayCapacity: integer(Q_LEARNING_DEFAULTS.replayCapacity, {
    label: 'Memory',
    unit: 'steps',
    words: 'Latest steps that are learned from again',
    source: OURS,
    low: 1,
    high: 1_000_000,
    scale: 'log',
  }),
  batchSize: integer(Q_LEARNING_DEFAULTS.batchSize, {
    label: 'Batch',
    unit: 'steps',
    words: 'Remembered steps that every step of the worlds is followed by',
    source: OURS,
    low: 1,
    high: 4096,
    scale: 'log',
  }),
} as const satisfies OptionTable;

export type QLearningRunOptions = OptionsOf<typeof Q_LEARNING_OPTIONS>;

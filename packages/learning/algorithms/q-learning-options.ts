/** Every number of q-learning-run.ts in one table. */
import { integer, number, type OptionsOf, type OptionTable } from './options.ts';
import { Q_LEARNING_DEFAULTS } from './q-learning.ts';

const BOOK = 'Sutton and Barto 2018, section 6.5';
const OURS = 'ours: FrozenLake, CliffWalking and Taxi are solved with it';

export const Q_LEARNING_OPTIONS = {
  stepsMax: integer(200_000, {
    label: 'Steps',
    unit: 'steps',
    words: 'Decisions of all worlds together, after which the run is done',
    source: OURS,
    low: 1,
    high: 1e10,
    scale: 'log',
    basic: true,
  }),
  worldCount: integer(8, {
    label: 'Worlds',
    unit: 'worlds',
    words: 'Worlds that are played side by side',
    source: OURS,
    low: 1,
    high: 256,
    scale: 'log',
  }),
  learningRate: number(Q_LEARNING_DEFAULTS.learningRate, {
    label: 'Learning rate',
    unit: '',
    words: 'Share of the error by which a value moves (alpha)',
    source: BOOK,
    low: 1e-6,
    high: 1,
    scale: 'log',
    basic: true,
  }),
  discount: number(Q_LEARNING_DEFAULTS.discount, {
    label: 'Discount',
    unit: 'per step',
    words: 'What the next step is worth against this one (gamma)',
    source: BOOK,
    low: 0,
    high: 1,
    scale: 'linear',
    basic: true,
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

/** Every number of sac.ts in one table, and what is known to work where. */
import type { Environment } from '@dreampitch/sim';
import {
  defaultsOf,
  integer,
  number,
  type OptionsOf,
  type OptionTable,
  sizes,
  yesNo,
} from './options.ts';

const PAPER = 'Haarnoja et al. 2018, arXiv 1812.05905, table 1';
const ZOO = 'rl-baselines3-zoo, hyperparams/sac.yml';
const SB3 = "stable-baselines3's default";

export const SAC_OPTIONS = {
  stepsMax: integer(100_000, {
    label: 'Steps',
    unit: 'steps',
    words: 'Decisions of all worlds together, after which the run is done',
    source: ZOO,
    low: 1,
    high: 1e10,
    scale: 'log',
    basic: true,
  }),
  worldCount: integer(1, {
    label: 'Worlds',
    unit: 'worlds',
    words: 'Worlds that are played side by side',
    source: ZOO,
    low: 1,
    high: 65_536,
    scale: 'log',
    basic: true,
  }),
  ticksPerAction: integer(1, {
    label: 'Ticks per decision',
    unit: 'ticks',
    words: 'A decision holds its action for so long',
    source: 'Gymnasium: 1',
    low: 1,
    high: 64,
    scale: 'log',
  }),
  startSteps: integer(100, {
    label: 'First steps',
    unit: 'steps',
    words: 'Steps of any actions before the first update',
    source: SB3,
    low: 0,
    high: 1e7,
  }),
  trainSteps: integer(1, {
    label: 'Steps per round',
    unit: 'steps',
    words: 'Steps of all worlds between two rounds of updates',
    source: PAPER,
    low: 1,
    high: 65_536,
    scale: 'log',
  }),
  updates: integer(1, {
    label: 'Updates per round',
    unit: 'updates',
    words: 'Updates from the replay buffer after those steps',
    source: PAPER,
    low: 1,
    high: 4096,
    scale: 'log',
  }),
  batchSize: integer(256, {
    label: 'Batch',
    unit: 'steps',
    words: 'Steps that one update learns from',
    source: PAPER,
    low: 1,
    high: 65_536,
    scale: 'log',
  }),
  capacity: integer(100_000, {
    label: 'Replay',
    unit: 'steps',
    words: 'Steps that the replay buffer holds; then a new one evicts the oldest',
    source: 'the paper has 1,000,000; these tasks take fewer steps',
    low: 1,
    high: 1e8,
    scale: 'log',
    basic: true,
  }),
  learningRate: number(3e-4, {
    label: 'Learning rate',
    unit: '',
    words: "Adam's step",
    source: PAPER,
    low: 1e-7,
    high: 1,
    scale: 'log',
    basic: true,
  }),
  falls: yesNo(false, {
    label: 'Fading',
    unit: '',
    words: 'The learning rate falls linearly to 0',
    source: SB3,
  }),
  discount: number(0.99, {
    label: 'Discount',
    unit: 'per decision',
    words: 'What a reward one decision later is worth (gamma)',
    source: PAPER,
    low: 0,
    high: 1,
    basic: true,
  }),
  targetShare: number(0.005, {
    label: 'Target',
    unit: 'per update',
    words: 'Share of the way that the target critics follow with every update (tau)',
    source: PAPER,
    low: 1e-5,
    high: 1,
    scale: 'log',
  }),
  temperature: number(0, {
    label: 'Temperature',
    unit: '',
    words: 'What a nat of entropy is worth (alpha); 0: found while training',
    source: 'section 5 of the paper',
    low: 0,
    high: 10,
  }),
  hidden: sizes([64, 64], {
    label: 'Network',
    unit: 'relu units',
    words: 'Units of the hidden layers of actor and critics, each of its own',
    source: 'the paper has 256, 256: these do as well here, in a ninth of the time',
    low: 1,
    high: 4096,
    basic: true,
  }),
  noiseSteps: integer(0, {
    label: 'Noise held',
    unit: 'decisions',
    words: 'The noise is a function of the state that is held so long; 0: fresh for every decision',
    source: 'Raffin et al. 2022, arXiv 2005.05719; `use_sde` in the zoo',
    low: 0,
    high: 65_536,
  }),
  logSpread: number(-3, {
    label: 'Spread of held noise',
    unit: 'log',
    words: 'Log of the standard deviation of its weights at first',
    source: SB3,
    low: -10,
    high: 2,
  }),
} satisfies OptionTable;

export type SacOptions = OptionsOf<typeof SAC_OPTIONS>;
const DEFAULTS: SacOptions = defaultsOf(SAC_OPTIONS);

/** The zoo's numbers, but networks of 64 units where it has 256. */
const KNOWN: Readonly<Record<string, Partial<SacOptions>>> = {
  'Pendulum-v1': { stepsMax: 20_000, learningRate: 1e-3, capacity: 20_000 },
  'MountainCarContinuous-v0': {
    stepsMax: 50_000,
    capacity: 50_000,
    startSteps: 0,
    trainSteps: 32,
    updates: 32,
    batchSize: 512,
    discount: 0.9999,
    targetShare: 0.01,
    temperature: 0.1,
    noiseSteps: 32,
    logSpread: -3.67,
  },
};

export function sacDefaultsFor({ id }: Environment): SacOptions {
  return { ...DEFAULTS, ...KNOWN[id] };
}

/** Every number of behaviour-cloning.ts in one table. */
import { defaultsOf, integer, number, type OptionsOf, type OptionTable, sizes } from './options.ts';

const OURS = 'tuned on soccer-1v1';
const KINGMA = 'Kingma and Ba 2015, arXiv 1412.6980';

export const CLONING_OPTIONS = {
  stepsMax: integer(1_000_000, {
    label: 'Examples',
    unit: 'examples',
    words: 'Examples looked at, each many times, after which the run is done',
    source: OURS,
    low: 1,
    high: 1e10,
    scale: 'log',
    basic: true,
  }),
  hidden: sizes([128, 128], {
    label: 'Hidden units',
    unit: 'units',
    words: 'Units of each hidden layer, as of the run that goes on from it',
    source: "as this product's PPO on soccer",
    low: 1,
    high: 4096,
    basic: true,
  }),
  learningRate: number(1e-3, {
    label: 'Learning rate',
    unit: '',
    words: 'Step size of Adam at first; it falls to 0 along a cosine',
    source: KINGMA,
    low: 1e-6,
    high: 1,
    scale: 'log',
    basic: true,
  }),
  batchSize: integer(256, {
    label: 'Batch',
    unit: 'examples',
    words: 'Examples of one update',
    source: OURS,
    low: 1,
    high: 65_536,
    scale: 'log',
  }),
  weightDecay: number(1e-4, {
    label: 'Weight decay',
    unit: '',
    words:
      'Share of a weight lost per unit of the learning rate; keeps few examples from being learned by heart',
    source: 'Loshchilov and Hutter 2019, arXiv 1711.05101',
    low: 0,
    high: 1,
  }),
  heldOut: number(0.1, {
    label: 'Held out',
    unit: 'share',
    words: 'The last examples, by which the imitation is judged; none of them is learned from',
    source: OURS,
    low: 0,
    high: 0.9,
  }),
  ticksPerAction: integer(1, {
    label: 'Ticks per decision',
    unit: 'ticks',
    words: 'The imitation holds its action for so long',
    source: 'people may change theirs at every tick',
    low: 1,
    high: 64,
    scale: 'log',
  }),
} as const satisfies OptionTable;

export type CloningOptions = OptionsOf<typeof CLONING_OPTIONS>;
export const CLONING_DEFAULTS: CloningOptions = defaultsOf(CLONING_OPTIONS);

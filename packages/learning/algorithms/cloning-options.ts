/** Every number of behaviour-cloning.ts in one table. */
import * as row from './option-rows.ts';
import { defaultsOf, number, type OptionsOf, type OptionTable } from './options.ts';

const OURS = 'tuned on soccer-1v1';
const KINGMA = 'Kingma and Ba 2015, arXiv 1412.6980';

export const CLONING_OPTIONS = {
  stepsMax: row.stepsMax(1_000_000, OURS, {
    label: 'Examples',
    unit: 'examples',
    words: 'Examples looked at, each many times, after which the run is done',
  }),
  hidden: row.hidden([128, 128], "as this product's PPO on soccer", {
    label: 'Hidden units',
    unit: 'units',
    words: 'Units of each hidden layer, as of the run that goes on from it',
  }),
  learningRate: row.learningRate(1e-3, KINGMA, {
    words: 'Step size of Adam at first; it falls to 0 along a cosine',
    low: 1e-6,
  }),
  batchSize: row.batchSize(256, OURS, {
    unit: 'examples',
    words: 'Examples of one update',
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
  ticksPerAction: row.ticksPerAction(1, 'people may change theirs at every tick', {
    words: 'The imitation holds its action for so long',
  }),
} as const satisfies OptionTable;

export type CloningOptions = OptionsOf<typeof CLONING_OPTIONS>;
export const CLONING_DEFAULTS: CloningOptions = defaultsOf(CLONING_OPTIONS);

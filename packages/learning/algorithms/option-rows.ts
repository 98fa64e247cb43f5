/**
 * Options that the tables of several algorithms have, in the same words and ranges: one function per
 * row, of the table's own default and its source. `own` replaces what an algorithm says of it otherwise.
 */
import {
  type BooleanOption,
  integer,
  number,
  type NumberOption,
  sizes,
  type SizesOption,
  yesNo,
} from './options.ts';

type Row<Of> = Omit<Of, 'kind' | 'value' | 'source'>;
type NumberRow = Omit<Row<NumberOption>, 'scale'> & { readonly scale?: 'linear' | 'log' };
type NumberMaker = (value: number, source: string, own?: Partial<NumberRow>) => NumberOption;

const numberRow =
  (row: NumberRow): NumberMaker =>
  (value, source, own = {}) =>
    number(value, { ...row, source, ...own });
const integerRow =
  (row: NumberRow): NumberMaker =>
  (value, source, own = {}) =>
    integer(value, { ...row, source, ...own });

export const stepsMax = integerRow({
  label: 'Steps',
  unit: 'steps',
  words: 'Decisions of all worlds together, after which the run is done',
  low: 1,
  high: 1e10,
  scale: 'log',
  basic: true,
});

export const worldCount = integerRow({
  label: 'Worlds',
  unit: 'worlds',
  words: 'Worlds that are played side by side',
  low: 1,
  high: 65_536,
  scale: 'log',
  basic: true,
});

export const ticksPerAction = integerRow({
  label: 'Ticks per decision',
  unit: 'ticks',
  words: 'A decision holds its action for so long',
  low: 1,
  high: 64,
  scale: 'log',
});

export const startSteps = integerRow({
  label: 'First steps',
  unit: 'steps',
  words: 'Steps before the first update',
  low: 0,
  high: 1e7,
});

export const trainSteps = integerRow({
  label: 'Steps per round',
  unit: 'steps',
  words: 'Steps of all worlds between two rounds of updates',
  low: 1,
  high: 65_536,
  scale: 'log',
});

export const updates = integerRow({
  label: 'Updates per round',
  unit: 'updates',
  words: 'Updates from the replay buffer after those steps',
  low: 1,
  high: 4096,
  scale: 'log',
});

export const batchSize = integerRow({
  label: 'Batch',
  unit: 'steps',
  words: 'Steps that one update learns from',
  low: 1,
  high: 65_536,
  scale: 'log',
});

export const capacity = integerRow({
  label: 'Replay',
  unit: 'steps',
  words: 'Steps that the replay buffer holds; then a new one evicts the oldest',
  low: 1,
  high: 1e8,
  scale: 'log',
  basic: true,
});

export const learningRate = numberRow({
  label: 'Learning rate',
  unit: '',
  words: "Adam's step",
  low: 1e-7,
  high: 1,
  scale: 'log',
  basic: true,
});

export const discount = numberRow({
  label: 'Discount',
  unit: 'per decision',
  words: 'What a reward one decision later is worth (gamma)',
  low: 0,
  high: 1,
  basic: true,
});

export const targetShare = numberRow({
  label: 'Target',
  unit: 'per update',
  words: 'Share of the way that the target network follows with every update (tau)',
  low: 1e-5,
  high: 1,
  scale: 'log',
});

export const gradientNormMax = numberRow({
  label: 'Gradient norm',
  unit: '',
  words: 'Longer gradients are shortened to this',
  low: 1e-3,
  high: 1e6,
  scale: 'log',
});

export const logSpread = numberRow({
  label: 'Spread',
  unit: 'log',
  words: 'Log of the standard deviation of numbers at first; 1 is half of the range of an action',
  low: -10,
  high: 2,
});

export const noiseSteps = integerRow({
  label: 'Noise held',
  unit: 'decisions',
  words: 'The noise is a function of the state that is held so long; 0: fresh for every decision',
  low: 0,
  high: 65_536,
});

/** The learning rate's, and `words` say whose else. */
export function falls(value: boolean, source: string, words?: string): BooleanOption {
  const usual = 'The learning rate falls linearly to 0';
  return yesNo(value, { label: 'Fading', unit: '', words: words ?? usual, source });
}

type HiddenRow = { readonly unit: string; readonly words: string; readonly label?: string };

/** Units of the hidden layers, of what activation and of which networks. */
export function hidden(value: readonly number[], source: string, row: HiddenRow): SizesOption {
  return sizes(value, { label: 'Network', ...row, source, low: 1, high: 4096, basic: true });
}

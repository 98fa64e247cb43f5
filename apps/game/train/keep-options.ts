/** How hard a run keeps what the tasks before it taught: the numbers of the form. */
import type { OptionTable } from '@dreampitch/learning';
import { KEEP_DEFAULTS } from '@dreampitch/learning';

const STRENGTH = {
  kind: 'number',
  unit: '0: not at all',
  low: 0,
  scale: 'linear',
  basic: true,
} as const;

export const KEEP_OPTIONS: OptionTable = {
  consolidation: {
    ...STRENGTH,
    label: 'Hold weights',
    value: KEEP_DEFAULTS.consolidation,
    high: 1e6,
    words: 'Elastic weight consolidation: weights that mattered are held where they were',
    source: 'Kirkpatrick et al. 2017, arXiv 1612.00796',
  },
  rehearsal: {
    ...STRENGTH,
    label: 'Rehearse',
    value: KEEP_DEFAULTS.rehearsal,
    high: 1e3,
    words: 'Some of what it saw before is shown again in every update, to be done as it was then',
    source: 'Rolnick et al. 2019, arXiv 1811.11682',
  },
};

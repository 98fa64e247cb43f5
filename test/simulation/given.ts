/** What peers say of themselves and what a job is, where a simulation says nothing else. */
import type { JobSpec, NodeInfo } from '@dreampitch/swarm';

export const WORKER: NodeInfo = {
  kind: 'tab',
  capabilities: ['wasm'],
  vouchedBy: '',
  speedPerSecond: 10,
  loadShare: 0,
  slots: 2,
  adapterClass: 'wasm',
  budget: { computeShare: 1, memoryBytes: 2 ** 30, batteryShare: 1, hidden: false },
};

/** It asks; workers work. */
export const ASKER: NodeInfo = {
  ...WORKER,
  capabilities: [],
  vouchedBy: 'room',
  speedPerSecond: 1,
  slots: 0,
};

export const JOB: JobSpec = {
  job: 'j',
  kind: 'train',
  payload: new Uint8Array(0),
  priority: 0,
  capabilities: [],
  costUnits: 10,
  memoryBytes: 0,
  deadlineInMs: 0,
  attemptsMax: 3,
  backoffMs: 500,
  lifetime: 'burst',
  acceptance: 'first',
  comparator: 'exact',
};

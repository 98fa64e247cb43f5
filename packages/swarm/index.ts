/** Agreement: one replica of Raft as a pure function, and the numbers it runs with. */
export { step } from './consensus/step.ts';
export { createReplica } from './consensus/state.ts';
export { applySave, emptyDurable } from './consensus/durable.ts';
export { SETTINGS_DEFAULTS } from './consensus/settings.ts';
export { ALL_RULES } from './consensus/rules.ts';
export type { State } from './consensus/state.ts';
export type { Durable } from './consensus/durable.ts';
export type { Settings } from './consensus/settings.ts';
export type { Rules } from './consensus/rules.ts';
export type { Effect, Input, Save } from './consensus/input.ts';

/** What replicas say to each other and what stands in their logs. */
export type {
  Configuration,
  Entry,
  Message,
  NodeId,
  RefusalReason,
  Snapshot,
} from './consensus/message.ts';

/** When a majority is gone for good: the room's key opens a new epoch from what survived. */
export { enterEpoch, epochOf, planEpoch } from './consensus/epoch.ts';
export type { EpochCertificate, EpochPlan, Survivor } from './consensus/epoch.ts';

/** Entropy as an argument. */
export { createRng } from './rng.ts';
export type { Rng } from './rng.ts';

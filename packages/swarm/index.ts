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
export { enterEpoch, epochOf, planEpoch, survivorOf } from './consensus/epoch.ts';
export type { EpochCertificate, EpochPlan, Survivor } from './consensus/epoch.ts';

/** Entropy as an argument. */
export { createRng } from './rng.ts';
export type { Rng } from './rng.ts';

/** The replicated state: one committed entry in, an answer and its events out. */
export { applyEntry } from './state-machine/machine.ts';
export type { Applied } from './state-machine/machine.ts';
export { createMachine } from './state-machine/state.ts';
export type { Lock, Machine, MachineEvent, Member, Service } from './state-machine/state.ts';
export { decodeMachine, encodeMachine } from './state-machine/snapshot.ts';
export { ALL_MACHINE_RULES } from './state-machine/rules.ts';
export type { MachineRules } from './state-machine/rules.ts';
export type {
  Command,
  CommandResult,
  Liveness,
  NodeInfo,
  PeerId,
  Proposal,
  Refusal,
  ServiceRecord,
} from './state-machine/command.ts';
export { explainRefusal } from './state-machine/refusal.ts';

/** Questions to it: linearizable where Raft's read index has cleared the replica. */
export { holderOf } from './state-machine/locks.ts';
export { valueOf } from './state-machine/values.ts';
export { discover } from './state-machine/members.ts';
export type { Discovery } from './state-machine/members.ts';
export { Subscriptions } from './state-machine/events.ts';
export type { Delivery, Subscription } from './state-machine/events.ts';
export { Guard, tokenAt } from './state-machine/guard.ts';

/** Who votes: the leader's policy, for consensus to carry out. */
export { ELECTORATE_DEFAULTS, planElectorate } from './state-machine/electorate.ts';
export type { Electorate, ElectorateOptions, Resident } from './state-machine/electorate.ts';

/** Machine time, which only leaders stamp. */
export { machineTimeMs, nextDueMs, startMachineClock } from './state-machine/clock.ts';
export type { MachineClock } from './state-machine/clock.ts';

/** The work of the room. */
export type { AttemptPurpose, JobCommand, JobSpec } from './jobs/command.ts';
export type { Attempt, Job, JobState } from './jobs/job.ts';
export type { Budget } from './jobs/budget.ts';

/** Everything above as bytes: the grammar is in README.md. */
export { decodeProposal, encodeProposal } from './wire/commands.ts';

/** What a leader owes the room, as commands to propose; and the room at a glance. */
export { LeaderDuties } from './state-machine/leader.ts';
export type { LeaderOptions } from './state-machine/leader.ts';
export { Intake } from './state-machine/intake.ts';
export type { Asked } from './state-machine/intake.ts';
export { LIVENESS_DEFAULTS } from './state-machine/liveness.ts';
export type { LivenessOptions } from './state-machine/liveness.ts';
export { statusOf } from './state-machine/status.ts';
export type { Status } from './state-machine/status.ts';
export { STRATEGIES } from './jobs/strategy.ts';
export type { Strategy } from './jobs/strategy.ts';

/** Whose results are believed: records, audits, comparators. */
export { audited, createReputation } from './trust/reputation.ts';
export type { Reputation } from './trust/reputation.ts';
export { AUDIT_DEFAULTS, drawAudit, isReleased } from './trust/audit.ts';
export type { AuditKind, AuditOptions } from './trust/audit.ts';
export { EXACT, restepped, tolerant } from './trust/comparator.ts';
export type {
  Comparator,
  Made,
  RestepOptions,
  Tolerance,
  ToleranceOf,
  Transition,
  Verdict,
} from './trust/comparator.ts';
export type { JudgeOptions } from './trust/judge.ts';

/** A frame is what is said on a link; sealed, it says who said it. */
export { decodeFrame, encodeFrame, openFrame, sealFrame } from './wire/frame.ts';
export type { Envelope, Frame, Opened } from './wire/frame.ts';
export type { Decoded } from './wire/codec.ts';
export { createIdentity, identityOf, verify } from './wire/identity.ts';
export type { Identity } from './wire/identity.ts';
export { proposalOf, Vouchers } from './wire/admission.ts';
export { isEpochOf, isVouchedFor, signEpoch, signVoucher } from './wire/room-key.ts';
export type { Room } from './wire/room-key.ts';

/** A document that everyone edits: who tells whom what, without the link and the clock. */
export { DocumentPeer } from './document/document-peer.ts';
export type { ApplyOutcome } from './document/document-peer.ts';
export type { DocumentEffect } from './document/effect.ts';
export type { DocumentMessage, Presence, Summary, Update } from './document/message.ts';
export { DOCUMENT_DEFAULTS, DOCUMENT_POLL_MS } from './document/settings.ts';
export type { DocumentSettings } from './document/settings.ts';
export { meshOf } from './document/mesh.ts';
export type { Neighbour } from './document/mesh.ts';
export { applyForeign, diffFor, REMOTE, summaryOf } from './document/replica.ts';

/** The same, put together: a Yjs document, keys, and a worker that hostile bytes may hang. */
export { SharedDocument } from './document/shared-document.ts';
export type { SharedDocumentOptions } from './document/shared-document.ts';
export { GuardedReplica } from './document/guarded-replica.ts';
export type { GuardOptions, ReplicaPort } from './document/guarded-replica.ts';
export { spawnReplica } from './document/spawn-replica.ts';

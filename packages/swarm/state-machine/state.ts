/**
 * The replicated state: what every replica holds after the same log. Changed in place, because a
 * copy per command would cost the size of the state; only `applyEntry` (machine.ts) changes it.
 * Maps keep the order of the log, and snapshots keep the order of the maps: what iterates over
 * them does the same on every replica.
 */
import type { JobState } from '../jobs/job.ts';
import { createLedger, type Ledger } from '../jobs/ledger.ts';
import type { Reputation } from '../trust/reputation.ts';
import type { CommandResult, Liveness, NodeInfo, PeerId, ServiceRecord } from './command.ts';
import { Holdings } from './holdings.ts';
import { ALL_MACHINE_RULES, type MachineRules } from './rules.ts';

export type Member = {
  readonly peer: PeerId;
  readonly session: number; // the token of its join's log position
  readonly joinedAtMs: number;
  info: NodeInfo;
  liveness: Liveness;
  lastSequence: number;
  /** The latest answers, oldest first: what a repeated command gets. */
  answers: { sequence: number; result: CommandResult }[];
};

export type Service = { readonly owner: PeerId; readonly record: ServiceRecord };

export type LockWaiter = { readonly peer: PeerId; readonly ttlMs: number };
export type Lock = {
  readonly name: string;
  /** `expiresAtMs` moves with a renewal; the token stays. */
  holder: { readonly peer: PeerId; readonly token: number; expiresAtMs: number } | null;
  waiters: LockWaiter[];
};

export type Value = {
  readonly value: Uint8Array;
  readonly token: number; // 0: unguarded
  readonly lock: string; // that guards it; '' where none does
  readonly owner: PeerId; // who wrote it last, and has it in its share
};

/** What happened, in one order for the whole room. Answers of single commands are not events. */
export type MachineEvent = { readonly sequence: number; readonly atMs: number } & Happening;
export type Happening =
  | {
      readonly type: 'published';
      readonly topic: string;
      readonly peer: PeerId;
      readonly payload: Uint8Array;
    }
  | {
      readonly type: 'member';
      readonly peer: PeerId;
      readonly change: 'joined' | 'left' | Liveness;
    }
  | {
      readonly type: 'service';
      readonly instance: string;
      readonly change: 'registered' | 'gone';
    }
  | {
      readonly type: 'lock';
      readonly lock: string;
      readonly peer: PeerId;
      readonly token: number;
      readonly change: 'granted' | 'released' | 'expired';
    }
  | { readonly type: 'job'; readonly job: string; readonly state: JobState }
  | {
      readonly type: 'attempt';
      readonly job: string;
      readonly peer: PeerId;
      readonly token: number;
      readonly change: 'assigned' | 'ended';
    };

export type Machine = {
  readonly rules: MachineRules;
  clockMs: number; // machine time: the greatest `atMs` applied
  index: number; // of the last entry applied
  epoch: number; // of that entry's term
  readonly members: Map<PeerId, Member>;
  readonly services: Map<string, Service>;
  readonly locks: Map<string, Lock>;
  readonly values: Map<string, Value>;
  eventSequence: number; // of the last event
  events: MachineEvent[]; // the latest, oldest first
  readonly ledger: Ledger;
  readonly reputations: Map<PeerId, Reputation>;
  /** Who has how much of all this. Derived, not part of a snapshot. */
  readonly holdings: Holdings;
  /** No lock or job is due before this; derived too. */
  dueMs: number;
};

/** Limits beside those of holdings.ts, with the refusal 'full' as answer, or the oldest dropped. */
export const MEMBERS_MAX = 1024;
export const LOCK_WAITERS_MAX = 64;
export const EVENTS_RETAINED = 512; // older ones are dropped: a subscriber is told of the gap
export const ANSWERS_RETAINED = 32; // far more than it has under way (intake.ts)

/** Default and longest life of a lock that is not renewed. */
export const LOCK_TTL_MS = 30_000;
export const LOCK_TTL_MS_MAX = 600_000;

export function createMachine(rules: MachineRules = ALL_MACHINE_RULES): Machine {
  const members: Machine['members'] = new Map();
  return {
    rules,
    clockMs: 0,
    index: 0,
    epoch: 0,
    members,
    services: new Map(),
    locks: new Map(),
    values: new Map(),
    eventSequence: 0,
    events: [],
    ledger: createLedger(),
    reputations: new Map(),
    holdings: new Holdings((peer) => members.get(peer)?.info.vouchedBy === ''),
    dueMs: Infinity,
  };
}

/** What the application of one command knows and may do. */
export type Context = {
  readonly machine: Machine;
  readonly peer: PeerId; // who asked; '' is the leader
  readonly token: number; // the fencing token of this log position
  readonly index: number;
  emit(happening: Happening): void;
};

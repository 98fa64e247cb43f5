/**
 * Epochs. Tabs close together: when a majority is gone for good, Raft rightly stops for ever. The
 * holder of the room's key may then open a new epoch from the most advanced surviving log. What
 * the lost majority had decided and no survivor holds is gone, and this file says how much.
 *
 * A term carries its epoch in its upper bits, so every term of a later epoch is greater than
 * every term of an earlier one: old leaders, votes and leases lose by Raft's own rules, and a
 * fencing token (epoch, index) of a later epoch is greater than any before it.
 */
import type { Configuration, Entry, NodeId, Snapshot } from './message.ts';
import { Log } from './log.ts';
import type { Durable } from './durable.ts';

const TERMS_PER_EPOCH = 2 ** 32;
/** What a fencing token has room for; terms would take 2^21. */
export const EPOCH_MAX = 2 ** 13 - 1;

export function epochOf(term: number): number {
  return Math.floor(term / TERMS_PER_EPOCH);
}

export function firstTermOf(epoch: number): number {
  return epoch * TERMS_PER_EPOCH;
}

/** What a survivor says about itself, for the holder of the room's key to choose from. */
export type Survivor = {
  readonly id: NodeId;
  readonly term: number;
  readonly lastIndex: number;
  readonly lastTerm: number;
  readonly configuration: Configuration;
};

/** Only what is on disk counts: what a survivor has in memory is not there when it starts again. */
export function survivorOf(id: NodeId, durable: Durable): Survivor {
  const { lastIndex, lastTerm, configuration } = Log.of(durable.snapshot, durable.entries);
  return { id, term: durable.term, lastIndex, lastTerm, configuration };
}

/** What the room's key signs (the signature is checked before it comes here). */
export type EpochCertificate = {
  readonly epoch: number;
  readonly baseIndex: number; // the surviving log's end; everything after it is void
  readonly baseTerm: number;
  readonly voters: readonly NodeId[];
  readonly learners: readonly NodeId[];
};

export type EpochPlan = {
  readonly certificate: EpochCertificate;
  readonly source: NodeId; // whose log survives
  /** Voters nobody heard from: what only they hold is lost. */
  readonly missing: readonly NodeId[];
  /**
   * True unless every majority of the old configuration, and in the middle of a change every one of
   * both, includes a survivor: then entries may have been acknowledged that no survivor holds.
   */
  readonly mayHaveLost: boolean;
};

/**
 * The most advanced log by Raft's own measure (3.6.1): last term, then length. The room's key
 * signs one certificate per epoch and its holder keeps it: two of one epoch would be two rooms.
 */
export function planEpoch(survivors: readonly Survivor[]): EpochPlan {
  const [first, ...rest] = survivors;
  if (first === undefined) throw new Error('No survivor, no log: start a new room instead.');
  const best = rest.reduce((a, b) => {
    if (a.lastTerm !== b.lastTerm) return a.lastTerm > b.lastTerm ? a : b;
    return a.lastIndex >= b.lastIndex ? a : b;
  }, first);
  const present = new Set(survivors.map((survivor) => survivor.id));
  const old = best.configuration;
  const lacks = (ids: readonly NodeId[]) => ids.filter((id) => !present.has(id));
  const quorumWithoutUs = (ids: readonly NodeId[]) =>
    ids.length === 0 || lacks(ids).length > ids.length >> 1;
  // In the middle of a change (4.3) nobody here knows whether the joint configuration decides, the old
  // one still, or the new one already: each of the two majorities may have decided alone.
  const { voters, votersOutgoing } = old;
  const changing = votersOutgoing.length > 0;
  const epoch = Math.max(...survivors.map((survivor) => epochOf(survivor.term))) + 1;
  if (epoch > EPOCH_MAX) throw new Error(`Epoch ${epoch} exceeds ${EPOCH_MAX}: start a new room.`);
  // Only whoever holds the base can lead, so its source votes, though it may have been a learner.
  const votes = (id: NodeId) =>
    id === best.id || old.voters.includes(id) || old.votersOutgoing.includes(id);
  return {
    certificate: {
      epoch,
      baseIndex: best.lastIndex,
      baseTerm: best.lastTerm,
      voters: [...present].filter(votes),
      learners: [...present].filter((id) => !votes(id)),
    },
    source: best.id,
    missing: lacks([...new Set([...old.voters, ...old.votersOutgoing])]),
    mayHaveLost: quorumWithoutUs(voters) || (changing && quorumWithoutUs(votersOutgoing)),
  };
}

/** What a replica gives up by entering an epoch. `rebuild`: its state machine starts over. */
export type Entered = {
  readonly durable: Durable;
  readonly lost: readonly Entry[];
  readonly rebuild: boolean;
};

/**
 * The durable state with which a replica restarts in the new epoch. A replica that holds the base
 * keeps its log up to there and puts the new configuration after it; one that does not (it is
 * behind, or went on elsewhere) starts empty and receives everything from the others.
 */
export function enterEpoch(durable: Durable, certificate: EpochCertificate): Entered {
  const { epoch, baseIndex, baseTerm } = certificate;
  const term = firstTermOf(epoch);
  if (durable.term >= term) return { durable, lost: [], rebuild: false };
  const log = Log.of(durable.snapshot, durable.entries);
  const lost = durable.entries.filter((entry) => entry.index > baseIndex);
  if (log.termAt(baseIndex) !== baseTerm) {
    const nothing: Configuration = { voters: [], votersOutgoing: [], learners: [] };
    const snapshot: Snapshot = { index: 0, term: 0, configuration: nothing, bytes: NO_BYTES };
    return { durable: { term, vote: null, snapshot, entries: [] }, lost, rebuild: true };
  }
  const configuration: Configuration = {
    voters: certificate.voters,
    votersOutgoing: [],
    learners: certificate.learners,
  };
  const opening: Entry = { index: baseIndex + 1, term, type: 'configuration', configuration };
  const kept = durable.entries.filter((entry) => entry.index <= baseIndex);
  return {
    durable: { ...durable, term, vote: null, entries: [...kept, opening] },
    lost,
    rebuild: true,
  };
}

const NO_BYTES = new Uint8Array(0);

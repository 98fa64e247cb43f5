/**
 * How long what a leader took waits until it is committed. A leader that takes whatever it is asked
 * drowns in a slow room: callers lose patience and ask anew, and the log grows faster than it is
 * committed. etcd refuses by size (MaxUncommittedEntriesSize); but a slow room drowns in little, so
 * here the time counts that the queue takes (CoDel, Nichols and Jacobson 2012).
 */
import { leaderOf, setLeader } from './state.ts';
import type { Draft } from './state.ts';

/**
 * What waits for so many election time-outs is a queue. One is no sign yet: with slow disks and
 * lossy links a single entry may take it (in the room of the simulator's seed 6611 forty callers
 * got 194 commands done in a minute with one, 298 with two).
 */
const QUEUE_ELECTIONS_MAX = 2;
/** Entries appended within this share of an election time-out are one wait: few to keep. */
const WAITS_PER_ELECTION = 8;

/** Call after every append of the leader's own. */
export function startWait(draft: Draft): void {
  const { nowMs, commit, log, settings } = draft;
  const waits = leaderOf(draft).waits.filter(({ index }) => index > commit);
  const latest = waits.at(-1);
  const isNear =
    latest !== undefined && nowMs - latest.sinceMs < settings.electionMs / WAITS_PER_ELECTION;
  const sinceMs = isNear ? latest.sinceMs : nowMs;
  if (isNear) waits.pop();
  setLeader(draft, { waits: [...waits, { index: log.lastIndex, sinceMs }] });
}

/** What a member asks now would wait behind too much. */
export function isBusy(draft: Draft, count: number): boolean {
  const { settings, log, commit } = draft;
  if (log.lastIndex - commit + count > settings.uncommittedMax) return true;
  return queueMs(draft) > settings.electionMs * QUEUE_ELECTIONS_MAX;
}

/** How long the oldest entry of the leader's own term waits by now; 0: none does. */
export function queueMs(draft: Draft): number {
  const oldest = leaderOf(draft).waits.find(({ index }) => index > draft.commit);
  return oldest === undefined ? 0 : draft.nowMs - oldest.sinceMs;
}

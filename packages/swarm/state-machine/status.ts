/** The room at a glance: for dashboards, and for whoever decides how many peers to ask in. */
import { slotsWithin } from '../jobs/budget.ts';
import type { JobState } from '../jobs/job.ts';
import type { Liveness, PeerId } from './command.ts';
import type { Machine } from './state.ts';

export type Status = {
  readonly leader: PeerId | null;
  readonly term: number;
  readonly nodes: Readonly<Record<Liveness, number>>;
  readonly quarantined: number;
  readonly locks: number; // held
  readonly services: number;
  readonly jobs: Readonly<Partial<Record<JobState, number>>>;
  readonly queueDepth: number; // jobs that nobody runs yet
  readonly slots: number; // of live peers, within their budgets
  readonly busy: number; // slots in use
  readonly utilisation: number; // busy / slots; 1 where there are none and something waits
  /** Slots that would bring utilisation down to UTILISATION_MAX; 0: enough. */
  readonly slotsWanted: number;
};

/** Beyond this, queues grow without bound at the least unevenness: ask more peers in. */
export const UTILISATION_MAX = 0.8;

/** `consensus`: what this peer's replica knows of them (a consensus State has both). */
export function statusOf(
  machine: Machine,
  consensus: { readonly leader: PeerId | null; readonly term: number },
): Status {
  const nodes = { alive: 0, suspect: 0, dead: 0 };
  let slots = 0;
  let quarantined = 0;
  for (const { peer, liveness, info } of machine.members.values()) {
    nodes[liveness]++;
    const out = machine.reputations.get(peer)?.standing === 'quarantined';
    if (out) quarantined++;
    else if (liveness === 'alive') slots += slotsWithin(info.budget, info.slots);
  }
  const jobs: Partial<Record<JobState, number>> = {};
  for (const { state } of machine.ledger.jobs.values()) jobs[state] = (jobs[state] ?? 0) + 1;
  let busy = 0;
  for (const { attempts } of machine.ledger.open.values()) {
    for (const { result } of attempts) if (result === null) busy++;
  }
  const queueDepth = jobs.queued ?? 0;
  const wanted = busy + queueDepth;
  const utilisation = slots > 0 ? Math.min(1, busy / slots) : wanted > 0 ? 1 : 0;
  const overloaded = wanted > slots * UTILISATION_MAX;
  return {
    leader: consensus.leader,
    term: consensus.term,
    nodes,
    quarantined,
    locks: [...machine.locks.values()].filter((lock) => lock.holder !== null).length,
    services: machine.services.size,
    jobs,
    queueDepth,
    slots,
    busy,
    utilisation,
    slotsWanted: overloaded ? Math.ceil(wanted / UTILISATION_MAX) - slots : 0,
  };
}

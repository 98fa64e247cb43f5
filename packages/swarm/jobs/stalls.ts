/**
 * Of which attempts nothing is to be expected any more, though their peers are there. Such a one
 * may still deliver, but nobody waits for it: it is hedged, audits go on without it, and where every
 * place of a job is taken by such, the first makes room.
 *
 * An attempt may take ten times what its peer was expected to take. Where that is long it is the
 * peer's word alone (it claims no speed, or was slow before), so it holds only as far as ten times
 * what the room's fastest would take: a peer that lies can lower that and not raise it. As it can be
 * lowered, each attempt may also take an eighth of the age its job had: four of them in turn (the
 * hedges of a job) more than half of it, so honest work of any length comes to its end.
 */
import type { Machine } from '../state-machine/state.ts';
import { slotsWithin, speedOf } from './budget.ts';
import type { Attempt, Job } from './job.ts';
import { msPerUnit, predictMs } from './peer-record.ts';

const STALLED_FACTOR = 10;
const STALLED_MS_MIN = 60_000;
/** Whatever a peer says of itself: from here on others are asked. */
const OWN_WORD_MS_MAX = 600_000;
const AGE_SHARE = 1 / 8;

/** At one moment: create one for a plan and drop it. */
export class Stalls {
  readonly #machine: Machine;
  readonly #nowMs: number;
  #fastestMsPerUnit: number | null = null;

  constructor(machine: Machine, nowMs: number) {
    this.#machine = machine;
    this.#nowMs = nowMs;
  }

  has(job: Job, attempt: Attempt): boolean {
    if (attempt.result !== null) return false;
    const { members, ledger } = this.#machine;
    const info = members.get(attempt.peer)?.info;
    if (info === undefined) return true;
    const { costUnits } = job.spec;
    const tookMs = this.#nowMs - attempt.startedAtMs;
    if (tookMs <= STALLED_MS_MIN) return false;
    const work = { costUnits, speedPerSecond: speedOf(info) };
    if (tookMs > STALLED_FACTOR * predictMs(ledger.peers.get(attempt.peer), work)) return true;
    const ageMs = attempt.startedAtMs - job.submittedAtMs;
    if (tookMs <= Math.max(OWN_WORD_MS_MAX, AGE_SHARE * ageMs)) return false;
    return tookMs > STALLED_FACTOR * costUnits * this.#fastest();
  }

  /** Milliseconds per cost unit; only for what runs long, so rarely asked. */
  #fastest(): number {
    if (this.#fastestMsPerUnit !== null) return this.#fastestMsPerUnit;
    const { members, ledger } = this.#machine;
    let fastest = Infinity;
    for (const { peer, liveness, info } of members.values()) {
      if (liveness === 'dead' || slotsWithin(info.budget, info.slots) === 0) continue;
      fastest = Math.min(fastest, msPerUnit(ledger.peers.get(peer), speedOf(info)));
    }
    this.#fastestMsPerUnit = fastest;
    return fastest;
  }
}

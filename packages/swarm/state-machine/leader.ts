/**
 * What a leader owes the room: let machine time pass, say who is gone, hand out work, judge
 * results. All of it becomes commands, proposed with an empty `peer`; the state changes only when
 * they are committed. Start one when the no-op of the own term is applied, drop it with the lead.
 * Tell a new one of every member whose link is closed by then (`linkClosed`): it knows of none, and
 * would wait for the silence of the leader before it to grow long.
 */
import { planAssignments } from '../jobs/plan.ts';
import type { Strategy } from '../jobs/strategy.ts';
import type { Rng } from '../rng.ts';
import { Auditor, type AuditorOptions } from '../trust/auditor.ts';
import { AUDIT_DEFAULTS, type AuditOptions } from '../trust/audit.ts';
import { machineTimeMs, nextDueMs, startMachineClock, type MachineClock } from './clock.ts';
import type { Command } from './command.ts';
import { Liveness, LIVENESS_DEFAULTS, type LivenessOptions } from './liveness.ts';
import type { Machine } from './state.ts';

export type LeaderOptions = Omit<AuditorOptions, 'audit'> & {
  readonly self: string; // the leader's own identity
  readonly strategy: Strategy;
  readonly liveness?: LivenessOptions;
  readonly audit?: AuditOptions;
  readonly rng: Rng;
};

export class LeaderDuties {
  readonly #machine: Machine;
  readonly #clock: MachineClock;
  readonly #liveness: Liveness;
  readonly #auditor: Auditor;
  readonly #options: LeaderOptions;
  readonly #loads = new Map<string, number>();
  /** Decided, and in no log yet. */
  #unplaced: readonly Command[] = [];
  #placedIndex = 0;
  #turn = 0;

  constructor(machine: Machine, options: LeaderOptions, nowMs: number) {
    this.#machine = machine;
    this.#options = options;
    this.#clock = startMachineClock(machine, nowMs);
    this.#liveness = new Liveness(options.self, options.liveness ?? LIVENESS_DEFAULTS);
    this.#auditor = new Auditor({ ...options, audit: options.audit ?? AUDIT_DEFAULTS });
  }

  /** What to stamp into a proposal. */
  timeMs(nowMs: number): number {
    return machineTimeMs(this.#clock, nowMs);
  }

  /** A member sent something; `alive` frames say how busy it is, which is not worth the log. */
  heard(peer: string, nowMs: number, loadShare?: number): void {
    this.#liveness.heard(peer, nowMs);
    if (loadShare !== undefined && this.#machine.members.has(peer))
      this.#loads.set(peer, loadShare);
  }

  linkClosed(peer: string, nowMs: number): void {
    this.#liveness.linkClosed(peer, nowMs);
  }

  /** The leader's own log holds everything that was due, up to this index. */
  placed(index: number): void {
    this.#placedIndex = index;
    this.#unplaced = [];
  }

  /** Call this often, and whenever something was applied. */
  get pollMs(): number {
    return this.#liveness.pollMs;
  }

  /**
   * What to propose now, in this order, all at once; then say where it was `placed`. What no log took
   * is due again as it is: audits are drawn once. Decisions rest on the applied state, so nothing new
   * is decided while earlier decisions are on their way into it. No time ends that wait: a leader's
   * own entries are committed sooner or later, or it leads no more (3.5, leader append-only). In a
   * slow room a time-out proposed them again and again (the simulator's seed 6611).
   */
  due(nowMs: number): readonly Command[] {
    if (this.#machine.index < this.#placedIndex) return [];
    if (this.#unplaced.length === 0) this.#unplaced = this.#decide(nowMs);
    return this.#unplaced;
  }

  #decide(nowMs: number): Command[] {
    const machine = this.#machine;
    for (const peer of this.#loads.keys()) if (!machine.members.has(peer)) this.#loads.delete(peer);
    const timeMs = this.timeMs(nowMs);
    const out: Command[] = timeMs >= nextDueMs(machine) ? [{ type: 'tick' }] : [];
    out.push(...this.#liveness.due(machine, nowMs));
    out.push(...this.#auditor.due(machine, timeMs));
    const { strategy, rng } = this.#options;
    const assignments = planAssignments(machine, {
      strategy,
      rng,
      nowMs: timeMs,
      turn: this.#turn,
      loadOf: (peer) => this.#loads.get(peer),
      peerFor: (job) => this.#auditor.peerFor(job),
    });
    this.#turn += assignments.length;
    out.push(...assignments);
    return out;
  }
}

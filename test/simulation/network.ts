/** The links between peers: they lose, delay, double, reorder and block, each way on its own. */
import type { Rng } from '@dreampitch/swarm';
import type { EventQueue } from './event-queue.ts';
import type { Plan } from './plan.ts';

const DOUBLE_ELECTIONS = 2;
const LATE_ELECTIONS = 5;
const IN_ORDER_MS = 0.001;

export class Network {
  lossShare: number;
  doubledShare = 0;
  extraDelayMs = 0;
  /** Overtaken by much later messages: as long as several elections. */
  lateShare = 0;
  readonly #queue: EventQueue;
  readonly #rng: Rng;
  readonly #least: number;
  readonly #spread: number;
  readonly #calmLossShare: number;
  readonly #doubleMs: number;
  readonly #lateMs: number;
  /** `from * PLACES_MAX + to` of each blocked direction. */
  readonly #blocked = new Set<number>();
  readonly #lastMs = new Float64Array(PLACES_MAX * PLACES_MAX); // the latest delivery of each link

  constructor(queue: EventQueue, rng: Rng, plan: Plan) {
    this.#queue = queue;
    this.#rng = rng;
    [this.#least, this.#spread] = plan.latencyMs;
    this.#calmLossShare = plan.lossShare;
    this.#doubleMs = plan.electionMs * DOUBLE_ELECTIONS;
    this.#lateMs = plan.electionMs * LATE_ELECTIONS;
    this.lossShare = plan.lossShare;
  }

  /** Carries one message between two places, or does not. */
  carry(from: number, to: number, deliver: () => void): void {
    const rng = this.#rng;
    if (this.#blocked.size > 0 && this.#blocked.has(from * PLACES_MAX + to)) return;
    if (this.lossShare > 0 && rng.nextFloat() < this.lossShare) return;
    if (this.lateShare > 0 && rng.nextFloat() < this.lateShare) {
      this.#queue.after(rng.nextFloat() * this.#lateMs, deliver);
      return;
    }
    // Channels keep their order but for the faults: nothing overtakes what was sent before it.
    const { nowMs } = this.#queue;
    const link = from * PLACES_MAX + to;
    const atMs = Math.max(nowMs + this.latencyMs(), this.#lastMs[link]! + IN_ORDER_MS);
    this.#lastMs[link] = atMs;
    this.#queue.after(atMs - nowMs, deliver);
    if (this.doubledShare > 0 && rng.nextFloat() < this.doubledShare)
      this.#queue.after(this.latencyMs() + rng.nextFloat() * this.#doubleMs, deliver);
  }

  latencyMs(): number {
    const spread = this.#spread + this.extraDelayMs;
    return this.#least + this.#rng.nextFloat() * spread;
  }

  block(from: number, to: number): void {
    this.#blocked.add(from * PLACES_MAX + to);
  }

  unblock(from: number, to: number): void {
    this.#blocked.delete(from * PLACES_MAX + to);
  }

  isBlocked(from: number, to: number): boolean {
    return this.#blocked.has(from * PLACES_MAX + to);
  }

  heal(): void {
    this.#blocked.clear();
    this.lossShare = this.#calmLossShare;
    this.doubledShare = 0;
    this.lateShare = 0;
    this.extraDelayMs = 0;
  }
}

/** Places a simulated peer may stand at; identities come and go, places stay. */
export const PLACES_MAX = 16;

/**
 * Who answers: kept by the leader in its own memory, because only transitions are worth the log.
 * A heartbeat is anything a member sends. A new leader starts as if it had heard from everyone.
 */
import type { Command } from './command.ts';
import type { Machine } from './state.ts';

export type LivenessOptions = {
  readonly heartbeatMs: number; // members speak at least this often
  readonly timeoutMs: number; // silent for so long: dead
  readonly closedMs: number; // link closed and not back for so long: dead
  readonly forgottenMs: number; // dead for so long: no member any more
};

/** A closed link's work is elsewhere within 2 s: 1.2 s of grace, then consensus and assignment. */
export const LIVENESS_DEFAULTS: LivenessOptions = {
  heartbeatMs: 5_000,
  timeoutMs: 15_000,
  closedMs: 1_200,
  forgottenMs: 600_000,
};

/** Proposed at once: hundreds who fall silent together must not fill the log of a slow room. */
const TRANSITIONS_MAX = 8;

type Contact = { heardMs: number; closedMs: number | null };

export class Liveness {
  readonly #contacts = new Map<string, Contact>();
  readonly #options: LivenessOptions;
  readonly #self: string;

  constructor(self: string, options: LivenessOptions) {
    this.#self = self;
    this.#options = options;
  }

  heard(peer: string, nowMs: number): void {
    this.#contacts.set(peer, { heardMs: nowMs, closedMs: null });
  }

  linkClosed(peer: string, nowMs: number): void {
    const contact = this.#contacts.get(peer);
    if (contact !== undefined) contact.closedMs ??= nowMs;
    else this.#contacts.set(peer, { heardMs: nowMs, closedMs: nowMs });
  }

  /** The transitions that are due, to be proposed: deaths first, for others wait for their work. */
  due(machine: Machine, nowMs: number): Command[] {
    const deaths: Command[] = [];
    const others: Command[] = [];
    for (const { peer, liveness } of machine.members.values()) {
      if (peer === this.#self) continue; // a dead leader proposes nothing
      const contact = this.#contacts.get(peer);
      if (contact === undefined) {
        this.heard(peer, nowMs);
        continue;
      }
      const silentMs = nowMs - contact.heardMs;
      if (liveness === 'dead' && silentMs >= this.#options.forgottenMs) {
        others.push({ type: 'remove', member: peer });
        continue;
      }
      const to = this.#judge(contact, nowMs);
      // A new leader has heard from nobody yet: it does not wake the dead by that.
      if (to !== liveness && !(liveness === 'dead' && to === 'suspect')) {
        (to === 'dead' ? deaths : others).push({ type: 'liveness', member: peer, to });
      }
    }
    for (const peer of this.#contacts.keys()) {
      if (!machine.members.has(peer)) this.#contacts.delete(peer);
    }
    return [...deaths, ...others].slice(0, TRANSITIONS_MAX);
  }

  #judge({ heardMs, closedMs }: Contact, nowMs: number): 'alive' | 'suspect' | 'dead' {
    const { heartbeatMs, timeoutMs, closedMs: graceMs } = this.#options;
    const silentMs = nowMs - heardMs;
    if (silentMs >= timeoutMs) return 'dead';
    if (closedMs !== null) return nowMs - closedMs >= graceMs ? 'dead' : 'suspect';
    return silentMs > 2 * heartbeatMs ? 'suspect' : 'alive';
  }

  /** When something may be due, at the latest. */
  get pollMs(): number {
    return Math.min(this.#options.closedMs / 4, this.#options.heartbeatMs / 10);
  }
}

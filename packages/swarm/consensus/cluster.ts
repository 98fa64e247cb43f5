/** For tests: replicas with instant disks and a network that the test holds in its hands. */
import { applySave, emptyDurable } from './durable.ts';
import type { Durable } from './durable.ts';
import type { Effect, Input } from './input.ts';
import type { Entry, Message, NodeId } from './message.ts';
import { SETTINGS_DEFAULTS } from './settings.ts';
import type { Settings } from './settings.ts';
import { createReplica } from './state.ts';
import type { State } from './state.ts';
import { step } from './step.ts';

export const THREE = ['a', 'b', 'c'] as const;
const DELIVERIES_MAX = 100_000; // more is a storm

export class Cluster {
  readonly settings: Settings;
  readonly states = new Map<NodeId, State>();
  readonly disks = new Map<NodeId, Durable>();
  readonly applied = new Map<NodeId, Entry[]>();
  readonly answers: { id: NodeId; effect: Effect }[] = [];
  nowMs = 0;
  messages: Message[] = [];
  /** True: the message is lost. */
  drops: (message: Message) => boolean = () => false;

  constructor(founders: readonly NodeId[], settings: Partial<Settings> = {}) {
    this.settings = { ...SETTINGS_DEFAULTS, ...settings };
    for (const id of founders) this.start(id, emptyDurable(founders));
  }

  start(id: NodeId, durable: Durable = this.disks.get(id) ?? emptyDurable()): void {
    const { settings, nowMs } = this;
    const seed = id.charCodeAt(0);
    this.disks.set(id, durable);
    this.applied.set(id, []);
    this.states.set(id, createReplica({ id, settings, durable, seed, nowMs }));
  }

  state(id: NodeId): State {
    return this.states.get(id)!;
  }

  commands(id: NodeId): string[] {
    const texts = this.applied
      .get(id)!
      .map((entry) => (entry.type === 'command' ? new TextDecoder().decode(entry.command) : ''));
    return texts.filter((text) => text !== '');
  }

  /** One input; its messages wait in `messages`. */
  input(id: NodeId, input: Input): readonly Effect[] {
    const { state, effects } = step(this.state(id), input, this.nowMs);
    this.states.set(id, state);
    for (const effect of effects) this.#carryOut(id, effect);
    return effects;
  }

  #carryOut(id: NodeId, effect: Effect): void {
    if (effect.type === 'save') this.disks.set(id, applySave(this.disks.get(id)!, effect.save));
    else if (effect.type === 'send') this.messages.push(effect.message);
    else if (effect.type === 'apply') this.applied.get(id)!.push(...effect.entries);
    else this.answers.push({ id, effect });
  }

  receive(message: Message): readonly Effect[] {
    return this.states.has(message.to) ? this.input(message.to, { type: 'message', message }) : [];
  }

  /** Delivers everything, and what follows from it. */
  settle(): void {
    for (let count = 0; count < DELIVERIES_MAX; count++) {
      const message = this.messages.shift();
      if (message === undefined) return;
      if (message.to === message.from || !this.drops(message)) this.receive(message);
    }
    throw new Error('the messages never end');
  }

  /** Lets time pass, ticking whoever is due. */
  run(ms: number): void {
    const endMs = this.nowMs + ms;
    this.settle();
    for (;;) {
      const dueMs = Math.min(...[...this.states.values()].map((state) => state.wakeMs));
      if (dueMs > endMs) break;
      this.nowMs = Math.max(this.nowMs, dueMs);
      for (const [id, state] of this.states)
        if (state.wakeMs <= this.nowMs) this.input(id, { type: 'tick' });
      this.settle();
    }
    this.nowMs = endMs;
  }

  /** Makes `id` the leader, by its election time-out. */
  elect(id: NodeId): void {
    this.nowMs += this.settings.electionMs * 2; // everyone's vote rejection is over
    this.input(id, { type: 'tick' });
    this.settle();
    if (this.state(id).role.type !== 'leader') throw new Error(`${id} was not elected`);
    this.settle();
  }

  isolate(...ids: NodeId[]): void {
    const apart = new Set(ids);
    this.drops = (message) => apart.has(message.from) !== apart.has(message.to);
  }

  propose(id: NodeId, ...texts: string[]): readonly Effect[] {
    const commands = texts.map((text) => new TextEncoder().encode(text));
    const effects = this.input(id, { type: 'propose', ticket: 1, commands, of: 'member' });
    return effects;
  }

  leaders(): NodeId[] {
    return [...this.states].filter(([, s]) => s.role.type === 'leader').map(([id]) => id);
  }
}

/** Three replicas, of which 'a' leads. */
export function led(settings: Partial<Settings> = {}): Cluster {
  const cluster = new Cluster(THREE, settings);
  cluster.elect('a');
  return cluster;
}

/**
 * Ordered events. The machine numbers them; every replica has the same latest ones. A subscriber
 * is local to its replica: it gets what was retained after its cursor, then each new event once,
 * in order, and is told when events it never saw are gone.
 */
import { EVENTS_RETAINED, type Happening, type Machine, type MachineEvent } from './state.ts';

export function appendEvent(machine: Machine, happening: Happening): MachineEvent {
  machine.eventSequence++;
  const event = { ...happening, sequence: machine.eventSequence, atMs: machine.clockMs };
  machine.events.push(event);
  // Dropped in halves: one copy per EVENTS_RETAINED events. Deterministic, so replicas agree.
  if (machine.events.length >= 2 * EVENTS_RETAINED) machine.events.splice(0, EVENTS_RETAINED);
  return event;
}

export type Subscription = {
  /** Null: every kind of event. */
  readonly types: readonly MachineEvent['type'][] | null;
  /** Only published events whose topic starts with this; null: any. */
  readonly topicPrefix: string | null;
};

export type Delivery =
  | { readonly type: 'event'; readonly event: MachineEvent }
  | { readonly type: 'gap'; readonly from: number; readonly to: number }; // sequences, inclusive

type Subscriber = { wanted: Subscription; cursor: number; deliver: (delivery: Delivery) => void };

export class Subscriptions {
  readonly #subscribers = new Set<Subscriber>();

  /** `after`: the last sequence already seen; `machine.eventSequence` for only what is new. */
  subscribe(
    machine: Machine,
    wanted: Subscription & { after: number },
    deliver: (delivery: Delivery) => void,
  ): Disposable {
    const subscriber = { wanted, cursor: wanted.after, deliver };
    this.#subscribers.add(subscriber);
    catchUp(machine, subscriber);
    return { [Symbol.dispose]: () => void this.#subscribers.delete(subscriber) };
  }

  /** After entries were applied or a snapshot was restored. */
  update(machine: Machine): void {
    for (const subscriber of this.#subscribers) catchUp(machine, subscriber);
  }
}

function catchUp(machine: Machine, subscriber: Subscriber): void {
  const first = machine.eventSequence - machine.events.length + 1;
  if (subscriber.cursor + 1 < first) {
    subscriber.deliver({ type: 'gap', from: subscriber.cursor + 1, to: first - 1 });
    subscriber.cursor = first - 1;
  }
  for (let at = subscriber.cursor + 1 - first; at < machine.events.length; at++) {
    const event = machine.events[at]!;
    subscriber.cursor = event.sequence;
    if (matches(event, subscriber.wanted)) subscriber.deliver({ type: 'event', event });
  }
}

function matches(event: MachineEvent, wanted: Subscription): boolean {
  if (wanted.types !== null && !wanted.types.includes(event.type)) return false;
  if (wanted.topicPrefix === null) return true;
  return event.type === 'published' && event.topic.startsWith(wanted.topicPrefix);
}

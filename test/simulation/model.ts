/**
 * Three replicas without time: every order of deliveries, losses, campaigns, crashes and changes
 * of membership up to a depth, with the real `step`. What time decides (who campaigns when, whose
 * lease holds) may happen here at any moment, so this covers more than any clock allows.
 */
import {
  ALL_RULES,
  applySave,
  createReplica,
  emptyDurable,
  SETTINGS_DEFAULTS,
  step,
} from '@dreampitch/swarm';
import type { Durable, Entry, Input, Message, NodeId, Rules, State } from '@dreampitch/swarm';

export type ModelOptions = {
  readonly depth: number; // actions
  readonly termMax: number;
  readonly proposalsMax: number;
  readonly crashesMax: number;
  /** Sets of voters that a leader may be asked for, and how often in all. */
  readonly changes: readonly (readonly NodeId[])[];
  readonly changesMax: number;
  readonly statesMax: number;
  /** Begin where `a` leads and everyone knows, with nothing under way. */
  readonly isElected: boolean;
  readonly rules: Rules;
};

const MODEL_DEFAULTS: ModelOptions = {
  depth: 12,
  termMax: 3,
  proposalsMax: 1,
  crashesMax: 1,
  changes: [],
  changesMax: 0,
  statesMax: 2_000_000,
  isElected: false,
  rules: ALL_RULES,
};

export type ModelReport = {
  readonly states: number;
  readonly depth: number; // reached in full
  readonly violation: string | null;
};

const NODES = ['a', 'b', 'c'] as const;
const NOW_MS = 1_000_000;

type Node = { readonly state: State; readonly durable: Durable };
type Configuration = {
  readonly nodes: readonly Node[];
  readonly messages: readonly Message[];
  readonly leaders: ReadonlyMap<number, NodeId>; // by term, ever
  readonly committed: readonly { readonly entry: Entry; readonly term: number }[];
  readonly left: { readonly proposals: number; readonly crashes: number; readonly changes: number };
};

class ModelViolation extends Error {}

/** Heartbeats and reads only repeat what appends say; here they are always lost. */
const LOST = new Set<Message['type']>(['heartbeat', 'heartbeat-reply', 'read', 'read-reply']);

export function explore(options: ModelOptions): ModelReport {
  const first = start(options);
  let level = [first];
  const seen = new Set([keyOf(first)]);
  try {
    for (let depth = 1; depth <= options.depth; depth++) {
      const next: Configuration[] = [];
      for (const from of level) {
        for (const to of successors(from, options)) {
          const key = keyOf(to);
          if (seen.has(key)) continue;
          seen.add(key);
          next.push(to);
        }
        if (seen.size > options.statesMax)
          return { states: seen.size, depth: depth - 1, violation: null };
      }
      level = next;
      if (next.length === 0) return { states: seen.size, depth, violation: null };
    }
  } catch (error) {
    const isOurs = error instanceof ModelViolation || String(error).includes('invariant');
    if (!isOurs) throw error;
    return { states: seen.size, depth: options.depth, violation: String(error) };
  }
  return { states: seen.size, depth: options.depth, violation: null };
}

function settingsOf(rules: Rules) {
  // Votes are never refused for want of time: campaigns come whenever the model likes.
  return {
    ...SETTINGS_DEFAULTS,
    rules: { ...rules, leaseRejectsVotes: false },
    appendEntriesMax: 1,
  };
}

function start(options: ModelOptions): Configuration {
  const nodes = NODES.map((id) => restarted(id, emptyDurable(NODES), options.rules));
  const { proposalsMax: proposals, crashesMax: crashes, changesMax: changes } = options;
  const left = { proposals, crashes, changes };
  const empty = { nodes, messages: [], leaders: new Map(), committed: [], left };
  return options.isElected ? elected(empty) : empty;
}

function elected(from: Configuration): Configuration {
  const campaign: Message = { type: 'timeout-now', from: 'a', to: 'a', term: 0 };
  let [to] = after(from, 0, { type: 'message', message: campaign });
  for (let message = to!.messages[0]; message !== undefined; message = to!.messages[0]) {
    const place = placeOf(message.to);
    [to] = after({ ...to!, messages: to!.messages.slice(1) }, place, { type: 'message', message });
  }
  return to!;
}

const placeOf = (id: NodeId) => NODES.findIndex((node) => node === id);

function restarted(id: NodeId, durable: Durable, rules: Rules): Node {
  const settings = settingsOf(rules);
  const state = createReplica({ id, settings, durable, seed: 1, nowMs: NOW_MS });
  return { state: timeless(state), durable };
}

function* successors(from: Configuration, options: ModelOptions): Generator<Configuration> {
  const { left, messages } = from;
  for (const [i, { state, durable }] of from.nodes.entries()) {
    const { id, term } = state;
    if (term < options.termMax) {
      const campaign: Message = { type: 'timeout-now', from: id, to: id, term };
      yield* after(from, i, { type: 'message', message: campaign });
    }
    if (left.crashes > 0 && term > 0) {
      const nodes = from.nodes.with(i, restarted(id, durable, options.rules));
      yield { ...from, nodes, left: { ...left, crashes: left.crashes - 1 } };
    }
    if (state.role.type !== 'leader') continue;
    if (left.proposals > 0) {
      const commands = [new Uint8Array(1)];
      const rest = { ...left, proposals: left.proposals - 1 };
      yield* after({ ...from, left: rest }, i, {
        type: 'propose',
        ticket: 1,
        commands,
        of: 'member',
      });
    }
    if (left.changes === 0) continue;
    const rest = { ...left, changes: left.changes - 1 };
    for (const voters of options.changes) {
      const learners = NODES.filter((node) => !voters.includes(node));
      yield* after({ ...from, left: rest }, i, { type: 'configure', ticket: 1, voters, learners });
    }
  }
  for (const [i, message] of messages.entries()) {
    const place = placeOf(message.to);
    const without = { ...from, messages: messages.toSpliced(i, 1) };
    yield* after(without, place, { type: 'message', message });
  }
}

/** What follows from one input. Saves are durable at once: a crash loses only memory. */
function* after(from: Configuration, place: number, input: Input): Generator<Configuration> {
  const node = from.nodes[place]!;
  let { state, durable } = node;
  const sent: Message[] = [];
  const inputs: Input[] = [input];
  for (let next = inputs.shift(); next !== undefined; next = inputs.shift()) {
    const { state: stepped, effects } = step(state, next, NOW_MS);
    state = timeless(stepped);
    for (const effect of effects) {
      if (effect.type === 'save') durable = applySave(durable, effect.save);
      if (effect.type !== 'send' || LOST.has(effect.message.type)) continue;
      const { message } = effect;
      if (message.to === message.from) inputs.push({ type: 'message', message });
      else sent.push(message);
    }
  }
  const nodes = from.nodes.with(place, { state, durable });
  const messages = [...from.messages, ...sent];
  yield watched({ ...from, nodes, messages }, node.state, state);
}

/** No moment differs from another. */
function timeless(state: State): State {
  const still = { ...state, contactMs: 0, electionDueMs: NOW_MS * 2, wakeMs: 0, rng: 1 };
  if (state.role.type !== 'leader') return still;
  const progress = new Map(
    [...state.role.progress].map(([id, one]) => [
      id,
      { ...one, activeMs: NOW_MS, checkedMs: NOW_MS, rejectedMs: Number.NEGATIVE_INFINITY },
    ]),
  );
  const role = {
    ...state.role,
    progress,
    heartbeatDueMs: 0,
    roundsSentMs: [],
    leaseEndMs: 0,
    waits: [],
  };
  return { ...still, role: { ...role, round: 0, confirmedRound: 0 } };
}

function watched(to: Configuration, before: State, state: State): Configuration {
  let { leaders } = to;
  const committed = [...to.committed];
  if (state.role.type === 'leader' && before.role.type !== 'leader') {
    const other = leaders.get(state.term);
    if (other !== undefined && other !== state.id)
      throw new ModelViolation(`election safety: ${other} and ${state.id} in ${state.term}`);
    for (const [i, { entry, term }] of committed.entries())
      if (term < state.term && state.log.termAt(i + 1) !== entry.term)
        throw new ModelViolation(`leader completeness: ${state.id} lacks ${i + 1}`);
    leaders = new Map(leaders).set(state.term, state.id);
  }
  for (let index = before.commit + 1; index <= state.commit; index++) {
    const entry = state.log.entryAt(index)!;
    const known = committed[index - 1];
    if (known === undefined) committed.push({ entry, term: state.term });
    else if (known.entry.term !== entry.term)
      throw new ModelViolation(`state-machine safety: ${state.id} at ${index}`);
  }
  return { ...to, leaders, committed };
}

/** Everything that can make a difference, as text. Messages in any order are the same. */
function keyOf(configuration: Configuration): string {
  const { nodes, messages, leaders, committed, left } = configuration;
  const texts = nodes.map(({ state, durable }) => {
    const { term, vote, role, commit, leader, log } = state;
    const entries = log.slice(1, log.lastIndex).map(entryKey);
    return JSON.stringify([term, vote, durable.vote, roleKey(role), commit, leader, entries]);
  });
  const sorted = messages.map((message) => messageKey(message)).sort((a, b) => (a < b ? -1 : 1));
  const history = [...leaders, ...committed.map(({ entry, term }) => [entry.term, term])];
  return `${texts.join()}|${sorted.join()}|${JSON.stringify([history, left])}`;
}

function entryKey(entry: Entry): unknown {
  return entry.type === 'configuration'
    ? [entry.term, entry.configuration]
    : [entry.term, entry.type];
}

function roleKey(role: State['role']): unknown {
  if (role.type === 'follower') return 0;
  if (role.type !== 'leader')
    return [role.type, [...role.votes].map(String).sort((a, b) => (a < b ? -1 : 1))];
  const progress = [...role.progress].map(([id, one]) => [
    id,
    one.match,
    one.next,
    one.mode,
    one.paused,
    one.inflight,
  ]);
  return [role.termStart, progress, role.transfer];
}

function messageKey(message: Message): string {
  const round = 'round' in message ? { round: 0 } : {};
  if (message.type !== 'append') return JSON.stringify({ ...message, ...round });
  return JSON.stringify({ ...message, ...round, entries: message.entries.map(entryKey) });
}

/** The two models that `npm run simulate -- --model` and, less deep, `npm test` check. */
export function electionModel(depth: number): ModelOptions {
  return { ...MODEL_DEFAULTS, depth, termMax: 2 };
}

export function changeModel(depth: number): ModelOptions {
  const changes = [['a', 'b'], ['b', 'c'], ['a']];
  const bounds = { proposalsMax: 0, crashesMax: 0, changes, changesMax: 2, isElected: true };
  return { ...MODEL_DEFAULTS, depth, termMax: 3, ...bounds };
}

/**
 * Sees everything in the simulated cluster at once, as no peer can, and holds it against what Raft
 * and the state machine promise (dissertation figure 3.2), at every step.
 */
import { encodeMachine, epochOf } from '@dreampitch/swarm';
import type {
  Applied,
  Command,
  Entry,
  Input,
  Machine,
  MachineEvent,
  Message,
  NodeId,
  State,
} from '@dreampitch/swarm';
import { rightAnswer } from './answers.ts';
import type { Peer } from './peer.ts';

type Log = State['log'];

export class Violation extends Error {
  override readonly name = 'Violation';
  readonly rule: string;
  constructor(rule: string, detail: string) {
    super(`${rule}: ${detail}`);
    this.rule = rule;
  }
}

function demand(holds: boolean, rule: string, detail: () => string): asserts holds {
  if (!holds) throw new Violation(rule, detail());
}

/** Of one seed: a hundred times what it needs. */
const STEPS_MAX = 1_000_000;

const INPUT_CODES: Record<Input['type'], number> = {
  tick: 1,
  message: 2,
  propose: 3,
  configure: 4,
  read: 5,
  transfer: 6,
  compact: 7,
  'link-closed': 8,
  freeze: 9,
};

export class Observer {
  steps = 0;
  /** Of every step of every peer: equal where two machines simulated the same. */
  traceHash = 0x811c9dc5;
  elections = 0;
  /** committed[i] is the entry at index i + 1 of the current epoch's history. */
  readonly committed: Entry[] = [];
  readonly #committedInTerm: number[] = [];
  readonly #leaders = new Map<number, NodeId>(); // by term
  readonly #votes = new Map<string, NodeId>(); // by voter and term
  readonly #leading = new Map<NodeId, { term: number; log: Log }>();
  #epoch = 0;
  #appliedIndex = 0;
  readonly #tokens = new Map<string, number>(); // the latest grant of each lock
  readonly #done = new Map<string, number>(); // the index that accepted each job's result
  /** By token of every attempt: the index that ended it; Infinity while it runs. */
  readonly #attempts = new Map<number, number>();
  /** By term and index: every entry that any log ever held, and the term of the one before it. */
  readonly #entries = new Map<number, Map<number, { entry: Entry; termBefore: number }>>();
  readonly #resultsSeen = new Set<string>();
  /** A service ended without being asked to. */
  onServiceGone: (instance: string) => void = () => {};
  readonly #stored = new Map<string, string>(); // the last value seen of each guarded key

  stepped(peer: Peer, input: Input, before: State, nowMs: number): void {
    const after = peer.state;
    this.steps++;
    demand(this.steps < STEPS_MAX, 'liveness', () => 'it never comes to rest');
    this.#mix((nowMs * 1_000) | 0);
    this.#mix(peer.place * 16 + INPUT_CODES[input.type]);
    this.#mix(after.term * 31 + after.commit);
    this.#mix(after.log.lastIndex * 7 + after.role.type.length);
    if (after.role.type === 'leader') this.#watchLeader(after, before);
    demand(after.term >= before.term, 'terms only grow', () => `${peer.id} at ${before.term}`);
    if (input.type === 'message' && input.message.from === after.id) this.voted(input.message);
    this.#watchServer(after, before);
    if (after.log !== before.log) this.#watchLog(after, before);
    if (after.commit > before.commit) this.#watchCommit(peer, before.commit);
  }

  #mix(value: number): void {
    this.traceHash = Math.imul(this.traceHash ^ value, 0x01000193);
    this.traceHash ^= this.traceHash >>> 15;
  }

  /** A vote that left the voter's disk: for the candidate's eyes, or its own. */
  voted(message: Message): void {
    if (message.type !== 'vote-reply' || !message.granted) return;
    const at = `${message.from} in ${message.term}`;
    const given = this.#votes.get(at);
    demand(given === undefined || given === message.to, 'one vote per term', () => at);
    this.#votes.set(at, message.to);
  }

  /** The rules for servers (figure 3.1), whose breach may take long to do harm. */
  #watchServer(after: State, before: State): void {
    const { id, term, log, commit } = after;
    if (log.lastIndex < before.log.lastIndex) {
      const stays = before.log.lastTerm < term;
      demand(stays, 'what the leader of this term sent stays', () => `${id} in ${term}`);
    }
    const leads = after.role.type === 'leader' && before.role.type === 'leader';
    if (leads && commit > before.commit) {
      const isOwn = log.termAt(commit) === term;
      demand(
        isOwn,
        'only entries of its own term are committed by counting',
        () => `${id} ${commit}`,
      );
    }
  }

  /**
   * Log matching: where two logs hold an entry of the same index and term, it is the same entry, and so
   * are all before it. By induction it is enough that those before have the same term.
   */
  #watchLog({ id, log }: State, before: State): void {
    const old = before.log;
    for (let index = log.lastIndex; index > log.baseIndex; index--) {
      const entry = log.entryAt(index)!;
      if (index <= old.lastIndex && index > old.baseIndex && old.entryAt(index) === entry) return;
      let ofTerm = this.#entries.get(entry.term);
      if (ofTerm === undefined) this.#entries.set(entry.term, (ofTerm = new Map()));
      const termBefore = log.termAt(index - 1)!;
      const known = ofTerm.get(index);
      if (known === undefined) ofTerm.set(index, { entry, termBefore });
      else {
        const same = known.termBefore === termBefore && isSame(known.entry, entry);
        demand(same, 'log matching', () => `${id} at ${index} in ${entry.term}`);
      }
    }
  }

  #watchLeader(after: State, before: State): void {
    const { id, term, log } = after;
    if (before.role.type !== 'leader' || before.term !== term) {
      this.elections++;
      const other = this.#leaders.get(term);
      demand(other === undefined || other === id, 'election safety', () => `${other} and ${id}`);
      this.#leaders.set(term, id);
      this.#complete(after);
    } else {
      const last = this.#leading.get(id);
      const appended = last === undefined || last.term !== term || isPrefix(last.log, log);
      demand(appended, 'leader append-only', () => `${id} in term ${term}`);
    }
    this.#leading.set(id, { term, log });
  }

  /**
   * Leader completeness: what was committed in earlier terms is in its log. (A candidate that was
   * paused may count its votes late and lead an old term for nobody.) By log matching, the last
   * such entry stands for all before it.
   */
  #complete(leader: State): void {
    if (epochOf(leader.term) !== this.#epoch) return;
    let last = this.committed.length;
    while (last > 0 && this.#committedInTerm[last - 1]! >= leader.term) last--;
    if (last === 0) return;
    const holds =
      last <= leader.log.baseIndex || leader.log.termAt(last) === this.committed[last - 1]!.term;
    demand(holds, 'leader completeness', () => `${leader.id} lacks committed entry ${last}`);
  }

  #watchCommit(peer: Peer, from: number): void {
    const { log, commit, term } = peer.state;
    if (epochOf(term) !== this.#epoch) return; // its history ended with its epoch
    for (let index = Math.max(from, log.baseIndex) + 1; index <= commit; index++) {
      const entry = log.entryAt(index)!;
      const known = this.committed[index - 1];
      if (known === undefined) {
        demand(index === this.committed.length + 1, 'commit in order', () => `${peer.id} ${index}`);
        this.committed.push(entry);
        this.#committedInTerm.push(term);
      } else {
        demand(isSame(known, entry), 'state-machine safety', () => `${peer.id} at ${index}`);
      }
    }
  }

  applied(peer: Peer, entry: Entry, applied: Applied, nowMs: number): void {
    if (epochOf(peer.state.term) !== this.#epoch) return;
    if (entry.index !== this.#appliedIndex + 1) return; // another peer was first
    this.#appliedIndex++;
    if (applied.proposal?.command.type === 'result') this.#watchResult(applied);
    const isAsked = applied.proposal?.command.type === 'deregister';
    for (const event of applied.events)
      if (event.type === 'service' && event.change === 'gone' && !isAsked)
        this.onServiceGone(event.instance);
    for (const event of applied.events) this.#watchEvent(event, entry.index);
    if (applied.proposal?.command.type === 'accept' && applied.result.type === 'ok')
      this.#watchAccept(peer.machine, applied.proposal.command);
    if (applied.proposal?.command.type === 'write')
      this.#watchWrite(peer.machine, applied.proposal.command, nowMs);
  }

  #watchEvent(event: MachineEvent, index: number): void {
    if (event.type === 'lock' && event.change === 'granted') {
      const before = this.#tokens.get(event.lock) ?? 0;
      const grows = event.token > before;
      demand(grows, 'tokens grow', () => `${event.lock}: ${event.token} after ${before}`);
      this.#tokens.set(event.lock, event.token);
    } else if (event.type === 'job' && event.state === 'done') {
      const isFirst = !this.#done.has(event.job);
      demand(isFirst, 'one accepted result per job', () => event.job);
      this.#done.set(event.job, index);
    } else if (event.type === 'attempt') {
      this.#attempts.set(event.token, event.change === 'assigned' ? Infinity : index);
    }
  }

  /** A result counts only from an attempt that still runs. A repeat is answered, not applied. */
  #watchResult({ proposal, result }: Applied): void {
    if (proposal?.command.type !== 'result' || result.type !== 'ok') return;
    const { job, token } = proposal.command;
    const asked = `${proposal.peer} ${proposal.session} ${proposal.sequence}`;
    if (this.#resultsSeen.has(asked)) return;
    this.#resultsSeen.add(asked);
    const isLive = this.#attempts.get(token) === Infinity;
    demand(isLive, 'no result of an attempt that ended', () => `${job} ${token}`);
  }

  /** What an audit found right is right. */
  #watchAccept(machine: Machine, { job, audited }: Command & { type: 'accept' }): void {
    const hash = machine.ledger.jobs.get(job)?.accepted?.hash;
    if (!audited || hash === undefined) return;
    const right = rightAnswer(job);
    const isRight = hash.every((byte, i) => byte === right[i]);
    demand(isRight, 'no audited result is wrong', () => job);
  }

  /** Nobody writes with a token that is not the lock's latest. A repeat is answered, not applied. */
  #watchWrite(machine: Machine, command: Command & { type: 'write' }, nowMs: number): void {
    const { key, guard } = command;
    const stored = machine.values.get(key);
    const text = stored === undefined ? '' : `${stored.token}:${stored.value.join()}`;
    if (guard === null || text === '' || text === this.#stored.get(key)) return;
    this.#stored.set(key, text);
    const latest = this.#tokens.get(guard.lock);
    const at = () => `${key} at ${nowMs} ms: token ${guard.token}, latest ${latest}`;
    demand(guard.token === latest, 'no accepted stale write', at);
  }

  /** A new epoch begins with this log; returns how many committed commands it gives up. */
  enter(epoch: number, log: Log): number {
    let kept = Math.min(log.baseIndex, this.committed.length);
    while (kept < this.committed.length && log.termAt(kept + 1) === this.committed[kept]!.term)
      kept++;
    const lost = this.committed.splice(kept);
    this.#committedInTerm.splice(kept);
    this.#epoch = epoch;
    // What was lost may be done again.
    for (const [job, index] of this.#done) if (index > kept) this.#done.delete(job);
    for (const [token, index] of this.#attempts)
      if (index > kept) this.#attempts.set(token, Infinity);
    this.#appliedIndex = Math.min(this.#appliedIndex, kept);
    return lost.filter((entry) => entry.type === 'command').length;
  }

  /** After the faults healed: everyone has applied the same, to the byte. */
  compareMachines(peers: readonly Peer[]): void {
    const [first, ...rest] = peers;
    if (first === undefined) return;
    const seen = () => `${this.#appliedIndex} of ${first.machine.index}`;
    demand(this.#appliedIndex === first.machine.index, 'every entry was watched', seen);
    const bytes = encodeMachine(first.machine);
    for (const peer of rest) {
      const at = () => `${peer.id} at ${peer.machine.index}, ${first.id} at ${first.machine.index}`;
      demand(peer.machine.index === first.machine.index, 'everyone catches up', at);
      const other = encodeMachine(peer.machine);
      const equal = other.length === bytes.length && other.every((byte, i) => byte === bytes[i]);
      demand(equal, 'equal logs give equal states', at);
    }
  }

  /** The message reached nobody: counted so that the trace shows it. */
  lost(message: Message): void {
    this.#mix(message.type.length);
  }
}

function isSame(a: Entry, b: Entry): boolean {
  if (a === b) return true; // entries travel by reference here
  if (a.index !== b.index || a.term !== b.term || a.type !== b.type) return false;
  // A new epoch's first entry is made by every survivor for itself.
  return a.type !== 'command' || (b.type === 'command' && a.command === b.command);
}

function isPrefix(older: Log, newer: Log): boolean {
  if (older === newer) return true;
  const { lastIndex } = older;
  if (newer.lastIndex < lastIndex) return false;
  return newer.baseIndex >= lastIndex || newer.termAt(lastIndex) === older.termAt(lastIndex);
}

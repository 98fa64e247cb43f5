/** Peers that take jobs, wait, and speak together; and rooms where the trusted cannot help. */
import { expect, test } from 'vitest';
import type { Strategy } from '../jobs/strategy.ts';
import { createRng } from '../rng.ts';
import type { NodeInfo } from '../state-machine/command.ts';
import { LeaderDuties } from '../state-machine/leader.ts';
import { CHECKED_JOB, INFO, Room } from '../state-machine/room-for-tests.ts';
import { AUDIT_DEFAULTS } from './audit.ts';

const hash = (fill: number) => new Uint8Array(32).fill(fill);
const RIGHT = 1;
const WRONG = 2;
const HELD_SECONDS = AUDIT_DEFAULTS.holdMsMax / 1_000;

/** What a peer answers, given who else has the job; null: nothing yet. */
type Answers = (peer: string, has: readonly string[]) => number | null;

/** Who is named `relay` is trusted. */
class Watched extends Room {
  readonly duties: LeaderDuties;

  constructor(peers: Readonly<Record<string, Partial<NodeInfo>>>, strategy: Strategy) {
    super();
    this.ask('client', { type: 'join', info: { ...INFO, slots: 0, vouchedBy: 'room' } });
    for (const [peer, info] of Object.entries(peers))
      this.ask(peer, { type: 'join', info: { ...INFO, ...info } });
    const options = {
      self: 'leader',
      strategy,
      rng: createRng(1),
      isTrusted: (peer: string) => peer === 'relay',
      comparators: new Map(),
      bytesOf: () => null,
    };
    this.duties = new LeaderDuties(this.machine, options, 0);
  }

  submit(...jobs: string[]): void {
    for (const job of jobs) this.ask('client', { type: 'submit', spec: { ...CHECKED_JOB, job } });
  }

  assign(job: string, member: string, purpose: 'first' | 'hedge' | 'replica'): number {
    const result = this.ask('', { type: 'assign', job, member, purpose });
    return result.type === 'assigned' ? result.token : -1;
  }

  /** One assignment and its result. */
  deliver(job: string, peer: string, fill: number, purpose: 'first' | 'hedge' | 'replica'): void {
    const token = this.assign(job, peer, purpose);
    this.ask(peer, { type: 'result', job, token, hash: hash(fill) });
  }

  lead(): void {
    for (const peer of this.machine.members.keys()) this.duties.heard(peer, this.nowMs);
    for (let commands = this.duties.due(this.nowMs); commands.length > 0;) {
      for (const command of commands) this.propose('', command);
      this.duties.placed(this.machine.index);
      commands = this.duties.due(this.nowMs);
    }
  }

  pass(seconds: number, answers: Answers): void {
    for (let second = 0; second < seconds; second++) {
      this.nowMs += 1_000;
      this.lead();
      for (const { spec, attempts } of this.machine.ledger.open.values()) {
        const has = attempts.map(({ peer }) => peer);
        for (const { peer, token, result } of attempts) {
          const fill = result === null ? answers(peer, has) : null;
          if (fill === null) continue;
          this.ask(peer, { type: 'result', job: spec.job, token, hash: hash(fill) });
        }
      }
    }
  }

  job(job = 'j') {
    return this.machine.ledger.jobs.get(job)!;
  }
}

const honestly: Answers = () => RIGHT;
const JOBS = Array.from({ length: 20 }, (_, i) => `j${i}`);

test.each(
  [3, 4, 5].flatMap((size) => [
    { size, strategy: 'predictive' as const },
    { size, strategy: 'round-robin' as const },
  ]),
)('$size names that wait for each other get nothing through ($strategy)', ({ size, strategy }) => {
  const fast = { speedPerSecond: 1e6, slots: 64 };
  const ring = Array.from({ length: 5 }, (_, i) => `ring ${i}`);
  const room = new Watched(
    {
      relay: { vouchedBy: 'room', slots: 8 },
      ...Object.fromEntries(ring.map((peer) => [peer, fast])),
      ...Object.fromEntries(['a', 'b', 'c', 'd', 'e', 'f'].map((peer) => [peer, {}])),
    },
    strategy,
  );
  room.submit(...JOBS);
  const together: Answers = (peer, has) => {
    if (!ring.includes(peer)) return RIGHT;
    return has.length >= size && has.every((one) => ring.includes(one)) ? WRONG : null;
  };
  room.pass(2 * HELD_SECONDS, together);
  const done = JOBS.filter((job) => room.job(job).state === 'done');
  expect(done.length).toBeGreaterThan(10);
  for (const job of done) expect(room.job(job).accepted!.hash).toEqual(hash(RIGHT));
});

test('two equal results of three wait for the trusted peer that is only busy', () => {
  const room = new Watched({ relay: { slots: 1 }, a: {}, b: {}, c: {} }, 'round-robin');
  room.submit('j', 'other');
  room.assign('other', 'relay', 'first');
  room.deliver('j', 'a', WRONG, 'first');
  room.deliver('j', 'b', RIGHT, 'replica');
  room.deliver('j', 'c', WRONG, 'replica');
  room.lead();
  expect(room.job()).toMatchObject({ state: 'verifying' });
  room.ask('client', { type: 'cancel', job: 'other' });
  room.pass(2, honestly);
  expect(room.job()).toMatchObject({ state: 'done', accepted: { hash: hash(RIGHT) } });
  expect(room.machine.reputations.get('a')).toMatchObject({ failed: 1 });
});

test('where all places are full, one is taken back for the trusted peer', () => {
  const peers = ['a', 'b', 'c', 'd', 'e'];
  const room = new Watched(Object.fromEntries(peers.map((peer) => [peer, {}])), 'round-robin');
  room.submit('j');
  for (const [i, peer] of peers.entries())
    room.deliver('j', peer, i < 2 ? WRONG : 10 + i, i === 0 ? 'first' : 'replica');
  room.ask('relay', { type: 'join', info: INFO });
  room.pass(2, honestly);
  expect(room.job()).toMatchObject({ state: 'done', accepted: { peer: 'relay' } });
});

test('nobody trusted, and all differ: the job fails and says what would help', () => {
  const peers = ['a', 'b', 'c', 'd', 'e', 'f'];
  const room = new Watched(Object.fromEntries(peers.map((peer) => [peer, {}])), 'round-robin');
  room.submit('j');
  let fill = 10;
  room.pass(HELD_SECONDS, () => fill++);
  const reason = 'no two results are equal: a trusted peer has to join';
  expect(room.job()).toMatchObject({ state: 'failed', reason });
  for (const record of room.machine.ledger.peers.values()) expect(record.failed).toBe(0);
});

test('a trusted peer that cannot do a kind of job holds none of them up', () => {
  const can = { capabilities: ['webgpu'] };
  const room = new Watched({ relay: {}, a: can, b: can, c: can }, 'least-connections');
  for (const job of JOBS)
    room.ask('client', { type: 'submit', spec: { ...CHECKED_JOB, job, capabilities: ['webgpu'] } });
  room.pass(4 * HELD_SECONDS, honestly);
  expect(room.machine.ledger.open.size).toBe(0);
});

test('the two ends of a hedge agreeing is no audit: nobody drew it', () => {
  const room = new Watched({ a: {}, b: {}, relay: { slots: 0 } }, 'round-robin');
  room.submit('j');
  room.deliver('j', 'a', RIGHT, 'first');
  room.deliver('j', 'b', RIGHT, 'hedge');
  const due = room.duties.due(room.nowMs);
  expect(due.filter(({ type }) => type === 'agree' || type === 'accept')).toEqual([]);
  expect(due).toContainEqual({ type: 'revoke', job: 'j', token: room.job().attempts[1]!.token });
});

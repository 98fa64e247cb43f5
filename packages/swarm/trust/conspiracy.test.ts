/** Peers that take jobs, wait, and speak together; and rooms where the trusted cannot help. */
import { expect, test } from 'vitest';
import { peerRecordOf } from '../jobs/ledger.ts';
import {
  BREAKER_FAILURES,
  BREAKER_OPEN_MS,
  BREAKER_OPEN_MS_MAX,
  recordOvertaken,
} from '../jobs/peer-record.ts';
import type { Strategy } from '../jobs/strategy.ts';
import { createRng } from '../rng.ts';
import type { NodeInfo } from '../state-machine/command.ts';
import { LeaderDuties } from '../state-machine/leader.ts';
import { CHECKED_JOB, INFO, Room } from '../state-machine/room-for-tests.ts';
import { AUDIT_DEFAULTS } from './audit.ts';
import { createReputation } from './reputation.ts';

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

const plenty = (count: number, info: Partial<NodeInfo>) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`p${i}`, info]));

test('who boasts audits no more than others do, though honest work takes minutes', () => {
  const fast = { speedPerSecond: 1e6, slots: 64 };
  const peers = { liar: fast, accomplice: fast, ...plenty(50, { slots: 1 }) };
  const room = new Watched(peers, 'round-robin');
  const jobs = Array.from({ length: 40 }, (_, i) => `j${i}`);
  for (const job of jobs) {
    room.ask('client', { type: 'submit', spec: { ...CHECKED_JOB, job, costUnits: 1_200 } });
    room.deliver(job, 'liar', WRONG, 'first');
  }
  room.lead();
  const audits = jobs.flatMap((job) => room.job(job).attempts.slice(1));
  expect(audits.length).toBeGreaterThan(10);
  expect(audits.filter(({ peer }) => peer === 'accomplice').length).toBeLessThan(5);
});

test('who is known to take ten times what half of the peers take audits only beside nobody else', () => {
  const room = new Watched({ a: {}, idle: {}, ...plenty(3, { slots: 20 }) }, 'round-robin');
  const late = { costUnits: 1, tookMs: 3_600_000 };
  recordOvertaken(peerRecordOf(room.machine.ledger, 'idle'), late);
  for (const job of JOBS) {
    room.submit(job);
    room.deliver(job, 'a', RIGHT, 'first');
  }
  room.lead();
  const audits = JOBS.flatMap((job) => room.job(job).attempts.slice(1));
  expect(new Set(audits.map(({ peer }) => peer))).toEqual(new Set(['p0', 'p1', 'p2']));
});

test('a trusted peer that fails what it checks rests, and what it has not tried goes first', () => {
  const relay = { vouchedBy: 'room', slots: 1 };
  const room = new Watched({ relay, a: { slots: 8 } }, 'round-robin');
  room.machine.reputations.set('a', { ...createReputation(), suspicion: 1_000 }); // all is checked
  room.submit('bad', 'worse');
  for (const job of ['bad', 'worse']) room.deliver(job, 'a', RIGHT, 'first');
  const fail = () => {
    room.lead();
    const at = ['bad', 'worse', 'j'].filter((job) => room.machine.ledger.open.has(job));
    for (const job of at)
      for (const { peer, token } of room.job(job).attempts)
        if (peer === 'relay')
          room.ask(peer, { type: 'fail', job, token, reason: 'input gone', retry: true });
  };
  for (let i = 0; i < 100; i++) fail();
  expect(room.machine.ledger.peers.get('relay')).toMatchObject({ failed: 3 }); // and rests
  expect(['bad', 'worse'].map((job) => room.job(job).ownFailures)).toEqual([2, 1]);
  room.submit('j');
  room.deliver('j', 'a', RIGHT, 'first');
  room.nowMs += BREAKER_OPEN_MS;
  room.lead();
  expect(room.job().attempts).toMatchObject([{ peer: 'a' }, { peer: 'relay' }]);
  for (let i = 0; i < 100; i++) {
    room.nowMs += BREAKER_OPEN_MS_MAX;
    fail();
  }
  expect(room.job('bad')).toMatchObject({ state: 'failed', reason: 'input gone' });
  expect(room.job('worse').state).toBe('failed');
});

test('one job tries a peer again that failed, whatever pinned work it has', () => {
  const room = new Watched({ relay: { vouchedBy: 'room', slots: 2 }, a: {} }, 'round-robin');
  const pinned = { ...CHECKED_JOB, job: 'match', lifetime: 'pinned' } as const;
  room.ask('client', { type: 'submit', spec: pinned });
  room.assign('match', 'relay', 'first');
  const record = peerRecordOf(room.machine.ledger, 'relay');
  Object.assign(record, { failuresInARow: BREAKER_FAILURES, openUntilMs: 1 });
  room.submit('j');
  room.deliver('j', 'a', RIGHT, 'first');
  room.pass(10, (peer, has) => (peer === 'relay' && has.length === 1 ? null : RIGHT)); // no match ends
  expect(room.job()).toMatchObject({ state: 'done', accepted: { hash: hash(RIGHT) } });
  expect(record.failuresInARow).toBe(0);
});

test('whose jobs trusted peers fail has none of their trials while others wait', () => {
  const accomplice = { capabilities: ['wasm', 'odd'], slots: 64 };
  const able = { vouchedBy: 'room', capabilities: ['wasm', 'odd'] };
  const asks = { slots: 0 };
  const peers = { relay: able, accomplice, a: {}, sly: asks, honest: asks };
  const room = new Watched(peers, 'round-robin');
  const submit = (peer: string, job: string, capabilities: string[]) =>
    room.ask(peer, {
      type: 'submit',
      spec: { ...CHECKED_JOB, job, attemptsMax: 255, capabilities },
    });
  const poison = Array.from({ length: 40 }, (_, i) => `x${i}`);
  for (const job of poison) {
    submit('sly', job, ['odd']);
    room.deliver(job, 'accomplice', RIGHT, 'first');
  }
  const jobs = Array.from({ length: 5 }, (_, i) => `h${i}`);
  for (const job of jobs) {
    submit('honest', job, []);
    room.deliver(job, 'a', RIGHT, 'first');
  }
  for (let i = 0; i < 60; i++) {
    room.nowMs += BREAKER_OPEN_MS_MAX / 10;
    room.lead();
    for (const { spec, attempts } of room.machine.ledger.open.values()) {
      const token = attempts.find(({ peer }) => peer === 'relay')?.token;
      if (token === undefined) continue;
      const { job } = spec;
      const failure = { type: 'fail', job, token, reason: 'no input', retry: true } as const;
      const done = { type: 'result', job, token, hash: hash(RIGHT) } as const;
      room.ask('relay', poison.includes(job) ? failure : done);
    }
  }
  expect(jobs.map((job) => room.job(job).state)).toEqual(jobs.map(() => 'done'));
});

test('a trusted peer that is quarantined is not waited for', () => {
  const peers = { relay: { vouchedBy: 'room' }, a: {}, b: {}, c: {} };
  const room = new Watched(peers, 'round-robin');
  room.machine.reputations.set('relay', { ...createReputation(), standing: 'quarantined' });
  room.submit('j');
  room.deliver('j', 'a', RIGHT, 'first');
  room.deliver('j', 'b', WRONG, 'replica');
  room.deliver('j', 'c', RIGHT, 'replica');
  room.lead();
  expect(room.job()).toMatchObject({ state: 'done', accepted: { hash: hash(RIGHT) } });
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

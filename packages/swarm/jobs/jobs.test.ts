import { expect, test } from 'vitest';
import { createRng } from '../rng.ts';
import { INFO, JOB, Room } from '../state-machine/room-for-tests.ts';
import { ALL_MACHINE_RULES } from '../state-machine/rules.ts';
import { decodeMachine, encodeMachine } from '../state-machine/snapshot.ts';
import { statusOf } from '../state-machine/status.ts';
import { createReputation } from '../trust/reputation.ts';
import { slotsWithin } from './budget.ts';
import type { AttemptPurpose, JobCommand } from './command.ts';
import { isFinal, JOB_TRANSITIONS, type JobState } from './job.ts';
import {
  breakerOf,
  createPeerRecord,
  predictMs,
  recordFailed,
  recordFinished,
} from './peer-record.ts';
import { planAssignments } from './plan.ts';

const hash = (fill: number) => new Uint8Array(32).fill(fill);

const resultOf = (token: number): JobCommand => ({
  type: 'result',
  job: 'j',
  token,
  hash: hash(1),
});

test.each([-1, 2e9, 1e300])('a job that costs %d is refused', (costUnits) => {
  const room = new Room().join('client');
  const refusal = room.ask('client', { type: 'submit', spec: { ...JOB, costUnits } });
  expect(refusal).toMatchObject({ type: 'refused', reason: 'bad-cost' });
});

test('credit ends where numbers are exact, and the room can still be written down', () => {
  const room = new Room().join('client', 'a');
  room.ask('client', { type: 'submit', spec: { ...JOB, costUnits: 1e9 } });
  room.machine.reputations.set('a', { ...createReputation(), credit: Number.MAX_SAFE_INTEGER - 5 });
  room.ask('a', resultOf(assigned(room, 'a')));
  expect(room.machine.reputations.get('a')!.credit).toBe(Number.MAX_SAFE_INTEGER);
  expect(decodeMachine(encodeMachine(room.machine), ALL_MACHINE_RULES).ok).toBe(true);
});

function assigned(room: Room, member: string, purpose: AttemptPurpose = 'first'): number {
  const result = room.ask('', { type: 'assign', job: 'j', member, purpose });
  expect(result.type).toBe('assigned');
  return result.type === 'assigned' ? result.token : -1;
}

test('a result is accepted once: the hedge that loses is told so', () => {
  const room = new Room().join('client', 'a', 'b');
  room.ask('client', { type: 'submit', spec: JOB });
  const first = assigned(room, 'a');
  const hedge = assigned(room, 'b', 'hedge');
  expect(room.ask('b', { type: 'result', job: 'j', token: hedge, hash: hash(1) }).type).toBe('ok');
  expect(room.ask('a', { type: 'result', job: 'j', token: first, hash: hash(2) })).toMatchObject({
    reason: 'finished',
  });
  const job = room.machine.ledger.jobs.get('j')!;
  expect(job.accepted).toEqual({ token: hedge, peer: 'b', hash: hash(1) });
  expect(room.ask('client', { type: 'submit', spec: JOB }).type).toBe('ok'); // a repeat
  expect(job.state).toBe('done');
});

test('a peer that was given up cannot deliver for its successor', () => {
  const room = new Room().join('client', 'a', 'b');
  room.ask('client', { type: 'submit', spec: JOB });
  const stale = assigned(room, 'a');
  room.ask('', { type: 'liveness', member: 'a', to: 'dead' });
  const fresh = assigned(room, 'b');
  expect(fresh).toBeGreaterThan(stale);
  expect(room.ask('a', resultOf(stale))).toMatchObject({ reason: 'stale-token' });
  expect(room.ask('a', resultOf(fresh))).toMatchObject({ reason: 'not-owner' });
});

test('failures wait longer each time, and then the job has failed', () => {
  const room = new Room().join('client', 'a');
  room.ask('client', { type: 'submit', spec: JOB });
  const job = room.machine.ledger.jobs.get('j')!;
  const fail = { type: 'fail', job: 'j', reason: 'out of memory', retry: true } as const;
  for (const waitMs of [500, 1000]) {
    room.ask('a', { ...fail, token: assigned(room, 'a') });
    expect(job.state).toBe('waiting');
    expect(job.notBeforeMs - room.nowMs).toBe(waitMs);
    room.tick(job.notBeforeMs);
    expect(job.state).toBe('queued');
  }
  room.ask('a', { ...fail, token: assigned(room, 'a') });
  expect(job).toMatchObject({ state: 'failed', reason: 'out of memory' });
});

test('that no retry would help, strangers cannot say, however many; the room’s own can', () => {
  const room = new Room().join('client', 'a', 'b');
  const info = { ...INFO, vouchedBy: 'room' };
  room.ask('host', { type: 'join', info });
  const fail = { type: 'fail', job: 'j', reason: 'no such model', retry: false } as const;
  room.ask('client', { type: 'submit', spec: { ...JOB, backoffMs: 0, attemptsMax: 4 } });
  const job = room.machine.ledger.jobs.get('j')!;
  for (const peer of ['a', 'b', 'a']) {
    room.ask(peer, { ...fail, token: assigned(room, peer) });
    expect(job.state).toBe('queued');
  }
  room.ask('b', { ...fail, token: assigned(room, 'b') });
  expect(job).toMatchObject({ state: 'failed', reason: 'no such model' }); // its attempts are used up
  room.ask('client', { type: 'submit', spec: { ...JOB, job: 'k' } });
  const k = room.ask('', { type: 'assign', job: 'k', member: 'host', purpose: 'first' });
  room.ask('host', { ...fail, job: 'k', token: k.type === 'assigned' ? k.token : -1 });
  expect(room.machine.ledger.jobs.get('k')!.state).toBe('failed');
});

test('what is delivered stays, whatever a replica says of the job; the leader’s word ends it', () => {
  const room = new Room().join('client', 'a', 'b');
  room.ask('client', { type: 'submit', spec: { ...JOB, acceptance: 'checked' } });
  const token = assigned(room, 'a');
  room.ask('a', resultOf(token));
  const fail = { type: 'fail', job: 'j', reason: 'no', retry: false } as const;
  for (let i = 0; i < 3; i++) room.ask('b', { ...fail, token: assigned(room, 'b', 'hedge') });
  const job = room.machine.ledger.jobs.get('j')!;
  expect(job).toMatchObject({ state: 'verifying', attempts: [{ peer: 'a' }] });
  room.ask('', { ...fail, token, reason: 'ask somebody' });
  expect(job).toMatchObject({ state: 'failed', reason: 'ask somebody', attempts: [] });
  expect(room.machine.ledger.peers.get('a')).toMatchObject({ failed: 0 });
});

test('a peer cannot take back what it delivered: an audit of it may have begun', () => {
  const room = new Room().join('client', 'a', 'b');
  room.ask('client', { type: 'submit', spec: { ...JOB, acceptance: 'checked' } });
  const token = assigned(room, 'a');
  room.ask('a', resultOf(token));
  room.ask('', { type: 'assign', job: 'j', member: 'b', purpose: 'replica' });
  const fail = { type: 'fail', job: 'j', token, reason: 'no', retry: true } as const;
  expect(room.ask('a', fail)).toMatchObject({ type: 'refused', reason: 'stale-token' });
  expect(room.ask('', { type: 'reject', job: 'j', token }).type).toBe('ok');
  expect(room.machine.reputations.get('a')).toMatchObject({ failed: 1 });
});

test('who goes when an audit of its result has begun comes back as a newcomer', () => {
  const room = new Room().join('client', 'a', 'b');
  room.ask('client', { type: 'submit', spec: { ...JOB, acceptance: 'checked' } });
  const passedOf = () => room.machine.reputations.get('a')!.passed;
  room.machine.reputations.set('a', { ...createReputation(), passed: 900 });
  const deliver = () => room.ask('a', resultOf(assigned(room, 'a')));
  deliver();
  room.join('a');
  expect(passedOf()).toBe(900); // nobody looked
  deliver();
  room.ask('', { type: 'assign', job: 'j', member: 'b', purpose: 'replica' });
  room.join('a');
  expect(passedOf()).toBe(0);
});

const VAIN = { type: 'fail', job: 'j', reason: 'input gone' } as const;

test.each([
  { retry: true, fails: 3 },
  { retry: false, fails: 1 },
])('what the room’s own fails to check $fails times (retry: $retry) ends', ({ retry, fails }) => {
  const room = new Room().join('client', 'a', 'b');
  room.ask('relay', { type: 'join', info: { ...INFO, vouchedBy: 'room' } });
  const spec = { ...JOB, acceptance: 'checked', attemptsMax: 255 } as const;
  room.ask('client', { type: 'submit', spec });
  room.ask('a', resultOf(assigned(room, 'a')));
  const job = room.machine.ledger.jobs.get('j')!;
  const fail = (peer: string) =>
    room.ask(peer, { ...VAIN, token: assigned(room, peer, 'replica'), retry });
  for (let i = 0; i < 10; i++) fail('b');
  for (let i = 1; i < fails; i++) fail('relay');
  expect(job.state).toBe('verifying');
  expect(decodeMachine(encodeMachine(room.machine), ALL_MACHINE_RULES)).toMatchObject({
    machine: { ledger: { jobs: new Map([['j', { ownFailures: fails - 1 }]]) } },
  });
  fail('relay');
  expect(job).toMatchObject({ state: 'failed', reason: 'input gone' });
});

test('a peer from which work was taken is remembered as slow, unless the work was pinned', () => {
  const room = new Room().join('client', 'a');
  for (const lifetime of ['pinned', 'burst'] as const) {
    room.ask('client', { type: 'submit', spec: { ...JOB, lifetime } });
    const token = assigned(room, 'a');
    room.tick(room.nowMs + 300_000);
    room.ask('', { type: 'revoke', job: 'j', token });
    expect(room.machine.ledger.peers.has('a'), lifetime).toBe(lifetime === 'burst');
    room.ask('client', { type: 'cancel', job: 'j' });
    room.machine.ledger.jobs.delete('j');
  }
  expect(room.machine.ledger.peers.get('a')!.meanMs).toBe(300_000);
});

test('a deadline ends a job and what runs it; cancelling is its submitters', () => {
  const room = new Room().join('client', 'a');
  room.ask('client', { type: 'submit', spec: { ...JOB, deadlineInMs: 5_000 } });
  room.ask('client', { type: 'submit', spec: { ...JOB, job: 'k' } });
  assigned(room, 'a');
  room.tick(5_000);
  expect(room.machine.ledger.jobs.get('j')).toMatchObject({ state: 'expired', attempts: [] });
  expect(room.ask('a', { type: 'cancel', job: 'k' })).toMatchObject({ reason: 'not-owner' });
  expect(room.ask('client', { type: 'cancel', job: 'k' }).type).toBe('ok');
});

test.each([1, 2, 3])('seed %i: every change of state is one that is written down', (seed) => {
  const rng = createRng(seed);
  const room = new Room().join('client', 'a', 'b');
  const states = new Map<string, JobState>();
  let doneTwice = 0;
  for (let i = 0; i < 4_000; i++) {
    const job = `j${rng.nextInt(20)}-${i >> 9}`;
    const attempts = room.machine.ledger.jobs.get(job)?.attempts ?? [];
    const attempt = attempts[rng.nextInt(attempts.length || 1)];
    const at = { job, token: attempt?.token ?? 1 };
    const peer = attempt?.peer ?? 'a';
    const acceptance = rng.nextInt(2) === 0 ? 'first' : 'checked';
    const member = rng.nextInt(2) === 0 ? 'a' : 'b';
    const purpose = (['first', 'hedge', 'replica'] as const)[rng.nextInt(3)]!;
    const deadlineInMs = rng.nextInt(2) * 60_000;
    const spec = { ...JOB, job, acceptance, deadlineInMs, attemptsMax: 1 + (i % 3) } as const;
    const moves: [string, JobCommand][] = [
      ['client', { type: 'submit', spec }],
      ['', { type: 'assign', job, member, purpose }],
      ['', { type: 'assign', job, member, purpose: 'first' }],
      [peer, { type: 'result', ...at, hash: hash(i % 256) }],
      [peer, { type: 'fail', ...at, reason: 'x', retry: rng.nextInt(8) > 0 }],
      ['', { type: 'accept', ...at, audited: true }],
      ['', { type: 'reject', ...at }],
      ['', { type: 'revoke', ...at }],
      [rng.nextInt(20) === 0 ? 'client' : 'a', { type: 'cancel', job }],
    ];
    const [who, command] = moves[rng.nextInt(moves.length)]!;
    const events = [...room.propose(who, command).events];
    if (rng.nextInt(30) === 0) {
      room.nowMs += 700;
      events.push(...room.propose('', { type: 'tick' }).events);
    }
    for (const event of events) {
      if (event.type !== 'job') continue;
      const before = states.get(event.job);
      if (before === 'done' && event.state === 'done') doneTwice++;
      if (before !== undefined) expect(JOB_TRANSITIONS[before]).toContain(event.state);
      states.set(event.job, event.state);
    }
  }
  expect(doneTwice).toBe(0);
  expect(new Set(states.values()).size).toBeGreaterThanOrEqual(5);
  for (const [id, job] of room.machine.ledger.open) {
    expect(isFinal(job.state), id).toBe(false);
    expect(job.attempts.length > 0).toBe(job.state === 'running' || job.state === 'verifying');
  }
});

test('the breaker opens after three failures in a row, tries once, and closes on a result', () => {
  const record = createPeerRecord();
  for (let i = 0; i < 3; i++) recordFailed(record, 0);
  expect(breakerOf(record, 9_999)).toBe('open');
  expect(breakerOf(record, 10_000)).toBe('half-open');
  recordFailed(record, 10_000);
  expect(breakerOf(record, 29_999)).toBe('open');
  recordFinished(record, { costUnits: 1, tookMs: 5 });
  expect(breakerOf(record, 30_000)).toBe('closed');
});

test('the prediction learns a fixed cost and a rate from jobs of different sizes', () => {
  const record = createPeerRecord();
  const job = { costUnits: 40, speedPerSecond: 10 };
  expect(predictMs(undefined, job)).toBe(4_000); // the claim
  for (let i = 0; i < 40; i++) {
    const costUnits = 1 + (i % 9);
    recordFinished(record, { costUnits, tookMs: 300 + 50 * costUnits });
  }
  expect(predictMs(record, job)).toBeCloseTo(300 + 50 * 40, 3);
});

test('a battery, a hidden tab and a share of compute lend fewer slots', () => {
  const full = INFO.budget;
  expect(slotsWithin(full, 4)).toBe(4);
  expect(slotsWithin({ ...full, hidden: true }, 4)).toBe(2);
  expect(slotsWithin({ ...full, computeShare: 0.25 }, 4)).toBe(1);
  expect(slotsWithin({ ...full, batteryShare: 0.2 }, 4)).toBe(0);
});

test('beyond four fifths of the slots, more are wanted: as many as bring it down to that', () => {
  const room = new Room().join('client', 'a');
  room.ask('client', { type: 'info', info: { ...INFO, slots: 0 } });
  room.ask('a', { type: 'info', info: { ...INFO, slots: 10 } });
  const status = () => statusOf(room.machine, { leader: null, term: 1 });
  const planned = { strategy: 'weighted', nowMs: 0, rng: createRng(1), turn: 0 } as const;
  for (let i = 0; i < 8; i++)
    room.ask('client', { type: 'submit', spec: { ...JOB, job: `j${i}` } });
  for (const command of planAssignments(room.machine, planned)) room.ask('', command);
  expect(status()).toMatchObject({ busy: 8, utilisation: 0.8, queueDepth: 0, slotsWanted: 0 });
  for (let i = 8; i < 16; i++)
    room.ask('client', { type: 'submit', spec: { ...JOB, job: `j${i}` } });
  expect(status()).toMatchObject({ queueDepth: 8, slotsWanted: 10 });
});

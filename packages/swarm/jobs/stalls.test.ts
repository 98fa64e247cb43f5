import { expect, test } from 'vitest';
import { createRng } from '../rng.ts';
import { INFO, JOB, Room } from '../state-machine/room-for-tests.ts';
import type { JobSpec } from './command.ts';
import { planAssignments } from './plan.ts';
import type { Strategy } from './strategy.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Peers by name with the speed that each claims; `spec` is the only job. */
class Shift extends Room {
  readonly spec: JobSpec;
  readonly strategy: Strategy;
  readonly rng = createRng(1);

  constructor(
    speeds: Readonly<Record<string, number>>,
    spec: Partial<JobSpec>,
    strategy: Strategy = 'round-robin',
  ) {
    super();
    this.strategy = strategy;
    this.spec = { ...JOB, ...spec };
    this.ask('client', { type: 'join', info: { ...INFO, slots: 0 } });
    for (const [peer, speedPerSecond] of Object.entries(speeds))
      this.ask(peer, { type: 'join', info: { ...INFO, speedPerSecond } });
    this.ask('client', { type: 'submit', spec: this.spec });
  }

  get job() {
    return this.machine.ledger.jobs.get('j')!;
  }

  /** Every minute there is a plan; who is named delivers after so long. */
  pass(untilMs: number, takesMs: Readonly<Record<string, number>> = {}): void {
    for (; this.nowMs < untilMs && this.job.state !== 'done'; this.nowMs += MINUTE_MS) {
      const { strategy, nowMs, rng } = this;
      const plan = { strategy, nowMs, rng, turn: 0 };
      for (const command of planAssignments(this.machine, plan)) this.ask('', command);
      for (const { peer, token, startedAtMs } of this.job.attempts) {
        if (nowMs - startedAtMs < (takesMs[peer] ?? Infinity)) continue;
        this.ask(peer, { type: 'result', job: 'j', token, hash: new Uint8Array(32) });
      }
    }
  }
}

test.each([0, 1e-9, 10, 1e6])('who claims speed %d and never delivers is hedged', (speed) => {
  const room = new Shift({ idle: speed }, {});
  room.pass(MINUTE_MS);
  room.ask('worker', { type: 'join', info: INFO });
  room.pass(20 * MINUTE_MS, { worker: MINUTE_MS });
  expect(room.job).toMatchObject({ state: 'done', accepted: { peer: 'worker' } });
});

test('nor does it help to report progress, or to have been slow before', () => {
  const room = new Shift({ idle: 1e6 }, {});
  room.pass(MINUTE_MS);
  const { token } = room.job.attempts[0]!;
  room.ask('idle', { type: 'progress', job: 'j', token, share: 1 });
  const slow = { finished: 9, failed: 0, failuresInARow: 0, openUntilMs: 0, meanMs: HOUR_MS };
  const sums = { weight: 9, sumX: 90, sumY: 9 * HOUR_MS, sumXX: 900, sumXY: 90 * HOUR_MS };
  room.machine.ledger.peers.set('idle', { ...slow, ...sums });
  room.ask('worker', { type: 'join', info: INFO });
  room.pass(20 * MINUTE_MS, { worker: MINUTE_MS });
  expect(room.job.accepted?.peer).toBe('worker');
});

test('however many names take a job and never deliver, the next has its turn', () => {
  const idle = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`idle ${i}`, 1e6]));
  const room = new Shift(idle, {});
  room.pass(HOUR_MS);
  room.ask('worker', { type: 'join', info: INFO });
  room.pass(3 * HOUR_MS, { worker: MINUTE_MS });
  expect(room.job.accepted?.peer).toBe('worker');
});

const each = (peers: readonly string[], of: number) => peers.map((peer) => [peer, of] as const);

test('nor does it help them to leave and come back whenever work is taken from them', () => {
  const boasters = ['b0', 'b1', 'b2', 'b3', 'b4'];
  const honest = ['a', 'b', 'c', 'd', 'e', 'f'];
  const room = new Shift(
    Object.fromEntries([...each(honest, 10), ...each(boasters, 1e6)]),
    {},
    'predictive',
  );
  const takesMs = Object.fromEntries(each(honest, MINUTE_MS));
  let had: string[] = [];
  while (room.nowMs < HOUR_MS && room.job.state !== 'done') {
    room.pass(room.nowMs + MINUTE_MS, takesMs);
    const has = room.job.attempts.map(({ peer }) => peer);
    for (const peer of had) {
      if (has.includes(peer) || !boasters.includes(peer)) continue;
      room.ask(peer, { type: 'leave' });
      room.ask(peer, { type: 'join', info: { ...INFO, speedPerSecond: 1e6 } });
    }
    had = has;
  }
  expect(room.job.accepted?.peer).toMatch(/^[a-f]$/);
});

test('what stalls goes to one of the room’s own, where one is free', () => {
  const idle = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`idle ${i}`, 1e6]));
  const room = new Shift(idle, {});
  room.pass(5 * MINUTE_MS);
  room.ask('own', { type: 'join', info: { ...INFO, vouchedBy: 'room' } });
  room.pass(10 * MINUTE_MS, { own: MINUTE_MS });
  expect(room.job.accepted?.peer).toBe('own');
});

test('work that is long for the whole room is left alone for ten times as long', () => {
  const peers = { a: 10, b: 10, c: 10, d: 10, e: 10, f: 10 };
  const room = new Shift(peers, { costUnits: 72_000 }); // two hours for each of them
  room.pass(2 * HOUR_MS);
  expect(room.job.attempts).toHaveLength(1);
  room.pass(24 * HOUR_MS, { a: 5 * HOUR_MS, b: 19 * HOUR_MS });
  expect(room.job.accepted?.peer).toBe('a');
});

test('honest work of any length ends, though somebody boasts that it is a moment’s', () => {
  const honest = ['a', 'b', 'c', 'd', 'e', 'f'];
  const peers = { ...Object.fromEntries(honest.map((peer) => [peer, 10])), boaster: 1e9 };
  const room = new Shift(peers, { costUnits: 216_000 });
  const takesMs = Object.fromEntries(honest.map((peer) => [peer, 6 * HOUR_MS]));
  room.pass(24 * HOUR_MS, takesMs);
  expect(room.job.state).toBe('done');
});

test('pinned work runs on for as long as it takes', () => {
  const room = new Shift({ a: 10, b: 10 }, { lifetime: 'pinned', costUnits: 1 });
  room.pass(7 * 24 * HOUR_MS);
  expect(room.job).toMatchObject({ state: 'running', attempts: [{ startedAtMs: 0 }] });
});

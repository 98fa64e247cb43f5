/** Jobs and trust together with the leader's duties, in simulated time. */
import { STRATEGIES, type Strategy } from '@dreampitch/swarm';
import { expect, test } from 'vitest';
import { Shift } from './shift.ts';

const UNEVEN = [40, 20, 10, 10, 5, 2].map((speedPerSecond, i) => ({
  peer: `w${i}`,
  speedPerSecond,
  noiseShare: 0.3,
}));

function makespanMs(strategy: Strategy, seed: number): number {
  const shift = new Shift({ workers: UNEVEN, strategy, seed });
  for (let i = 0; i < 150; i++) shift.submit({ job: `j${i}`, costUnits: 2 + ((i * 7) % 19) });
  shift.run({ untilMs: 120_000, stopWhenDone: true });
  expect(shift.accepted).toEqual({ count: 150, wrong: 0 });
  return shift.nowMs;
}

test('under uneven peers prediction beats what looks at no time', () => {
  const times = new Map(STRATEGIES.map((strategy) => [strategy, makespanMs(strategy, 1)]));
  const predictive = times.get('predictive')!;
  for (const blind of ['round-robin', 'random'] as const) {
    expect(predictive, JSON.stringify([...times])).toBeLessThan(times.get(blind)!);
  }
});

test('work of a peer whose link closed runs elsewhere within two seconds', () => {
  const workers = [1, 2, 3].map((i) => ({ peer: `w${i}`, speedPerSecond: 1 }));
  const shift = new Shift({ workers, strategy: 'least-connections', seed: 1 });
  shift.submit({ costUnits: 10 });
  shift.run({ untilMs: 2_000 });
  const job = shift.machine.ledger.jobs.get('j')!;
  const { peer } = job.attempts[0]!;
  shift.kill(peer, true);
  const killedMs = shift.nowMs;
  while (job.attempts.every((attempt) => attempt.peer === peer)) {
    shift.run({ untilMs: shift.nowMs + 50 });
    expect(shift.nowMs - killedMs).toBeLessThan(2_000);
  }
  shift.run({ untilMs: 30_000, stopWhenDone: true });
  expect(job.state).toBe('done');
});

test('silence is noticed too, and a peer that fails everything gets nothing more', () => {
  const workers = [
    { peer: 'good', speedPerSecond: 10 },
    { peer: 'bad', speedPerSecond: 100, fails: true },
    { peer: 'mute', speedPerSecond: 0.01 },
  ];
  const shift = new Shift({ workers, strategy: 'round-robin', seed: 1 });
  shift.kill('mute', false);
  for (let i = 0; i < 12; i++) shift.submit({ job: `j${i}`, attemptsMax: 20 });
  shift.run({ untilMs: 60_000, stopWhenDone: true });
  expect(shift.accepted.count).toBe(12);
  expect(shift.machine.ledger.peers.get('bad')!.failed).toBeLessThan(12);
  shift.run({ untilMs: shift.nowMs + 16_000 });
  expect(shift.machine.members.get('mute')?.liveness).toBe('dead');
});

test('a slow peer is hedged: its job ends long before it would', () => {
  const workers = [
    { peer: 'slow', speedPerSecond: 0.1 },
    { peer: 'fast', speedPerSecond: 10 },
  ];
  const shift = new Shift({ workers, strategy: 'round-robin', seed: 1 });
  shift.submit({ job: 'a' });
  shift.submit({ job: 'b' });
  shift.run({ untilMs: 100_000, stopWhenDone: true });
  expect(shift.nowMs).toBeLessThan(10_000);
});

test('a peer that claims much and never delivers is soon not asked first', () => {
  const workers = [
    { peer: 'boaster', speedPerSecond: 1e-6, info: { speedPerSecond: 1e6 } },
    { peer: 'honest', speedPerSecond: 10 },
  ];
  const shift = new Shift({ workers, strategy: 'predictive', seed: 1 });
  for (let i = 0; i < 20; i++) {
    shift.submit({ job: `j${i}`, costUnits: 5 });
    shift.run({ untilMs: shift.nowMs + 60_000, stopWhenDone: true });
  }
  expect(shift.accepted.count).toBe(20);
  expect(shift.nowMs).toBeLessThan(20_000); // half a second each, after one hedge; 31 s without
});

test('work goes to whoever says that it is free', () => {
  const workers = [
    { peer: 'busy', speedPerSecond: 10, loadShare: 1, info: { slots: 20 } },
    { peer: 'free', speedPerSecond: 10, loadShare: 0, info: { slots: 20 } },
  ];
  const shift = new Shift({ workers, strategy: 'weighted', seed: 1 });
  for (let i = 0; i < 15; i++) shift.submit({ job: `j${i}` });
  shift.run({ untilMs: 100 });
  const peers = [...shift.machine.ledger.open.values()].map(({ attempts }) => attempts[0]?.peer);
  expect(new Set(peers)).toEqual(new Set(['free']));
});

test('pinned work stays on its peer, and moves when that peer is hidden', () => {
  const workers = ['a', 'b'].map((peer) => ({ peer, speedPerSecond: 1e-6 }));
  const shift = new Shift({ workers, strategy: 'least-connections', seed: 1 });
  shift.submit({ lifetime: 'pinned' });
  shift.run({ untilMs: 60_000 });
  const job = shift.machine.ledger.jobs.get('j')!;
  expect(job.attempts).toMatchObject([{ peer: 'a' }]);
  const hidden = { computeShare: 1, memoryBytes: 2 ** 30, batteryShare: 1, hidden: true };
  shift.inform('a', { budget: hidden });
  shift.run({ untilMs: 61_000 });
  expect(job).toMatchObject({ state: 'running', attempts: [{ peer: 'b' }], losses: 0 });
});

test.each([1, 2, 3])('seed %i: a liar is quarantined and nothing it said is accepted', (seed) => {
  const peers = ['relay', 'a', 'b', 'c', 'd', 'liar'];
  const shift = new Shift({
    workers: peers.map((peer) => ({
      peer,
      speedPerSecond: 20,
      ...(peer === 'liar'
        ? { lies: (_, rng) => (rng.nextInt(3) === 0 ? `wrong ${rng.nextInt(1e9)}` : null) }
        : {}),
    })),
    strategy: 'least-connections',
    seed,
    trusted: ['relay'],
  });
  for (let i = 0; i < 300; i++) shift.submit({ job: `j${i}`, acceptance: 'checked', costUnits: 1 });
  shift.run({ untilMs: 200_000, stopWhenDone: true });
  expect(shift.accepted).toEqual({ count: 300, wrong: 0 });
  const { reputations } = shift.machine;
  expect(reputations.get('liar')?.standing).toBe('quarantined');
  for (const peer of peers.slice(0, -1)) {
    expect(reputations.get(peer)?.standing ?? 'good', peer).toBe('good');
  }
  expect(reputations.get('a')!.credit).toBeGreaterThan(20);
});

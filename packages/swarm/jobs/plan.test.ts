import { expect, test } from 'vitest';
import { createRng } from '../rng.ts';
import { INFO, JOB, Room } from '../state-machine/room-for-tests.ts';
import { statusOf } from '../state-machine/status.ts';
import { AGING_MS, PLAN_MAX, planAssignments } from './plan.ts';

test('the plan keeps priorities, skill tags and memory', () => {
  const room = new Room().join('client', 'gpu', 'cpu');
  room.ask('client', { type: 'info', info: { ...INFO, slots: 0 } });
  const info = { ...INFO, slots: 1, capabilities: ['webgpu'] };
  room.ask('gpu', { type: 'info', info });
  room.ask('cpu', {
    type: 'info',
    info: { ...INFO, slots: 1, budget: { ...INFO.budget, memoryBytes: 100 } },
  });
  const submit = (job: string, change: object) =>
    room.ask('client', { type: 'submit', spec: { ...JOB, job, ...change } });
  submit('low', { capabilities: ['webgpu'] });
  submit('high', { capabilities: ['webgpu'], priority: 5 });
  submit('big', { memoryBytes: 101 });
  const options = { strategy: 'round-robin', nowMs: 0, rng: createRng(1), turn: 0 } as const;
  expect(planAssignments(room.machine, options)).toEqual([
    { type: 'assign', job: 'high', member: 'gpu', purpose: 'first' },
  ]);
  expect(statusOf(room.machine, { leader: 'gpu', term: 3 })).toMatchObject({
    leader: 'gpu',
    queueDepth: 3,
    slots: 2,
    slotsWanted: 2,
  });
});

test.each(['predictive', 'round-robin'] as const)(
  'urgent jobs that nobody can do, or one busy peer, leave idle peers the others (%s)',
  (strategy) => {
    const room = new Room().join('a', 'b');
    room.ask('client', { type: 'join', info: { ...INFO, slots: 0, vouchedBy: 'room' } });
    room.ask('b', { type: 'info', info: { ...INFO, slots: 1, capabilities: ['own'] } });
    const submit = (job: string, change: object) =>
      room.ask('client', { type: 'submit', spec: { ...JOB, job, ...change } });
    submit('last', { capabilities: ['wasm'] });
    for (let i = 0; i < PLAN_MAX; i++) {
      submit(`none ${i}`, { priority: 255, capabilities: ['none'] });
      submit(`own ${i}`, { priority: 255, capabilities: ['own'] });
      submit(`large ${i}`, { priority: 255, memoryBytes: 2 ** 40 });
    }
    const options = { strategy, nowMs: 0, rng: createRng(1), turn: 0 };
    expect(planAssignments(room.machine, options)).toMatchObject([
      { job: 'own 0', member: 'b' },
      { job: 'last', member: 'a' },
    ]);
  },
);

test('what failed is given to another than who failed last, where one is free', () => {
  const room = new Room().join('client', 'a', 'b');
  room.ask('client', { type: 'info', info: { ...INFO, slots: 0 } });
  room.ask('a', { type: 'info', info: { ...INFO, speedPerSecond: 1e6 } });
  room.ask('client', { type: 'submit', spec: { ...JOB, backoffMs: 0 } });
  const next = () =>
    planAssignments(room.machine, { strategy: 'predictive', nowMs: 0, rng: createRng(1), turn: 0 });
  expect(next()).toMatchObject([{ member: 'a' }]);
  const fail = { type: 'fail', job: 'j', reason: 'no', retry: true } as const;
  const token = room.machine.index + 1;
  room.ask('', { type: 'assign', job: 'j', member: 'a', purpose: 'first' });
  room.ask('a', { ...fail, token });
  expect(next()).toMatchObject([{ member: 'b' }]);
});

test('what came to nothing goes to who has shown that it works, whoever claims more', () => {
  const room = new Room().join('client', 'a', 'b', 'c', 'boaster');
  room.ask('client', { type: 'info', info: { ...INFO, slots: 0 } });
  const boast = { ...INFO, speedPerSecond: 1e6 };
  room.ask('boaster', { type: 'info', info: boast });
  room.ask('client', { type: 'submit', spec: { ...JOB, backoffMs: 0, attemptsMax: 255 } });
  const rng = createRng(1);
  const next = () => {
    const at = { strategy: 'predictive', nowMs: room.nowMs, rng, turn: 0 } as const;
    const [first] = planAssignments(room.machine, at);
    return first?.type === 'assign' ? first.member : null;
  };
  const comeBack = () => {
    room.ask('boaster', { type: 'leave' });
    room.ask('boaster', { type: 'join', info: boast });
  };
  expect(next()).toBe('boaster');
  room.ask('', { type: 'assign', job: 'j', member: 'boaster', purpose: 'first' });
  comeBack();
  const drawn = Array.from({ length: 100 }, next); // by lot: nobody has shown anything
  for (const peer of ['a', 'b', 'c', 'boaster'])
    expect(drawn.filter((one) => one === peer).length, peer).toBeGreaterThan(10);
  room.ask('client', { type: 'submit', spec: { ...JOB, job: 'k' } });
  const token = room.machine.index + 1;
  room.ask('', { type: 'assign', job: 'k', member: 'b', purpose: 'first' });
  room.nowMs += 10_000;
  room.ask('b', { type: 'result', job: 'k', token, hash: new Uint8Array(32) });
  for (let i = 0; i < 20; i++) expect(next()).toBe('b');
});

test('strangers’ pinned work leaves half of the slots to what ends', () => {
  const room = new Room().join('s', 'z', 'a', 'b', 'c');
  for (const peer of ['s', 'z']) room.ask(peer, { type: 'info', info: { ...INFO, slots: 0 } });
  room.ask('host', { type: 'join', info: { ...INFO, slots: 0, vouchedBy: 'room' } });
  const plan = () => {
    const at = { strategy: 'predictive', nowMs: room.nowMs, rng: createRng(1), turn: 0 } as const;
    const commands = planAssignments(room.machine, at);
    for (const command of commands) room.ask('', command);
    return commands.length;
  };
  for (let i = 0; i < 20; i++)
    room.ask(i % 2 === 0 ? 's' : 'z', {
      type: 'submit',
      spec: { ...JOB, job: `p${i}`, lifetime: 'pinned' },
    });
  expect(plan()).toBe(3); // of three peers with two slots each
  expect(plan()).toBe(0);
  room.nowMs = 3_600_000; // and nobody waits for a slot of those: they do not end
  room.ask('host', { type: 'submit', spec: { ...JOB, lifetime: 'pinned' } });
  room.ask('s', { type: 'submit', spec: { ...JOB, job: 'k' } });
  expect(plan()).toBe(2);
});

test('what came to nothing, or stalled, is given to the room’s own peer that claims no speed', () => {
  const room = new Room().join('client', 'a');
  room.ask('client', { type: 'info', info: { ...INFO, slots: 0 } });
  room.ask('own', { type: 'join', info: { ...INFO, vouchedBy: 'room', speedPerSecond: 0 } });
  const next = () =>
    planAssignments(room.machine, {
      strategy: 'predictive',
      nowMs: room.nowMs,
      rng: createRng(1),
      turn: 0,
    });
  room.ask('client', { type: 'submit', spec: { ...JOB, backoffMs: 0 } });
  const token = room.machine.index + 1;
  room.ask('', { type: 'assign', job: 'j', member: 'a', purpose: 'first' });
  room.nowMs = 3_600_000;
  expect(next()).toMatchObject([{ member: 'own', purpose: 'hedge' }]);
  room.ask('a', { type: 'fail', job: 'j', token, reason: 'no', retry: true });
  expect(next()).toMatchObject([{ member: 'own', purpose: 'first' }]);
});

test('a stranger’s pinned job stays on a hidden peer where it would not be given out again', () => {
  const peers = ['a', 'b', 'c', 'd', 'e', 'f'];
  const room = new Room().join('s', ...peers);
  room.ask('s', { type: 'info', info: { ...INFO, slots: 0 } });
  for (const peer of peers) room.ask(peer, { type: 'info', info: { ...INFO, slots: 1 } });
  for (const member of peers.slice(0, 3)) {
    const job = `on ${member}`;
    room.ask('s', { type: 'submit', spec: { ...JOB, job, lifetime: 'pinned' } });
    room.ask('', { type: 'assign', job, member, purpose: 'first' });
  }
  const plan = () =>
    planAssignments(room.machine, { strategy: 'predictive', nowMs: 0, rng: createRng(1), turn: 0 });
  const budget = { ...INFO.budget, hidden: true };
  room.ask('a', { type: 'info', info: { ...INFO, slots: 1, budget } });
  expect(plan()).toMatchObject([{ type: 'revoke', job: 'on a' }]);
  for (const peer of ['e', 'f']) room.ask(peer, { type: 'leave' });
  expect(plan()).toEqual([]); // two of four slots are the strangers', and held
});

test('however urgent strangers call their work, the room’s own comes first until they waited', () => {
  const room = new Room().join('stranger', 'worker');
  room.ask('host', { type: 'join', info: { ...INFO, slots: 0, vouchedBy: 'room' } });
  room.ask('stranger', { type: 'info', info: { ...INFO, slots: 0 } });
  room.ask('worker', { type: 'info', info: { ...INFO, slots: 1 } });
  room.ask('stranger', { type: 'submit', spec: { ...JOB, job: 'theirs', priority: 255 } });
  room.nowMs = 100;
  room.ask('host', { type: 'submit', spec: { ...JOB, job: 'ours', priority: 1 } });
  const next = (nowMs: number) =>
    planAssignments(room.machine, { strategy: 'weighted', nowMs, rng: createRng(1), turn: 0 });
  expect(next(200)).toMatchObject([{ job: 'ours' }]);
  room.ask('host', { type: 'cancel', job: 'ours' });
  room.nowMs = AGING_MS;
  room.ask('host', { type: 'submit', spec: { ...JOB, job: 'later', priority: 0 } });
  expect(next(AGING_MS + 100)).toMatchObject([{ job: 'theirs' }]);
});

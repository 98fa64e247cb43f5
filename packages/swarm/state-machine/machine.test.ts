import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRng } from '../rng.ts';
import { anyCommand } from '../wire/arbitraries.ts';
import { encodeProposal } from '../wire/commands.ts';
import type { Command, CommandResult } from './command.ts';
import { Subscriptions, type Delivery } from './events.ts';
import { Guard, tokenAt } from './guard.ts';
import { holderOf } from './locks.ts';
import { applyEntry } from './machine.ts';
import { discover } from './members.ts';
import { INFO, Room } from './room-for-tests.ts';
import { ALL_MACHINE_RULES } from './rules.ts';
import { decodeMachine, encodeMachine } from './snapshot.ts';
import { EVENTS_RETAINED, type Machine } from './state.ts';
import { valueOf } from './values.ts';

const tokenOf = (result: CommandResult): number => {
  expect(result.type).toBe('granted');
  return result.type === 'granted' ? result.token : -1;
};

test('a holder that slept past its lock cannot write: its token is stale', () => {
  const room = new Room().join('a', 'b');
  const first = tokenOf(room.lock('a'));
  expect(room.write('a', first)).toBe('ok');
  expect(room.lock('b', true)).toEqual({ type: 'waiting', position: 0 });
  room.tick(29_999);
  expect(holderOf(room.machine, 'L')?.peer).toBe('a');
  room.tick(30_000);
  const second = holderOf(room.machine, 'L');
  expect(second?.peer).toBe('b');
  expect(second!.token).toBeGreaterThan(first);
  expect(room.write('a', first)).toBe('refused');
  expect(room.write('b', second!.token)).toBe('ok');
  expect(room.ask('a', { type: 'renew', lock: 'L', token: first, ttlMs: 0 })).toEqual({
    type: 'refused',
    reason: 'stale-token',
  });
  expect(valueOf(room.machine, 'k')).toEqual(new Uint8Array([1]));
});

test('who reads the token in the log cannot write with it, and no other lock guards in its place', () => {
  const room = new Room();
  for (const peer of ['holder', 'other'])
    room.ask(peer, { type: 'join', info: { ...INFO, vouchedBy: 'room' } });
  const token = tokenOf(room.lock('holder'));
  expect(room.write('other', token)).toBe('refused'); // the key has no value yet
  expect(room.write('holder', token)).toBe('ok');
  expect(room.write('other', token)).toBe('refused');
  const acquire: Command = { type: 'acquire', lock: 'mine', ttlMs: 0, wait: false };
  const guard = { lock: 'mine', token: tokenOf(room.ask('other', acquire)) };
  const write = { type: 'write', key: 'k', value: new Uint8Array([2]), guard } as const;
  expect(room.ask('other', write)).toMatchObject({ reason: 'not-owner' });
  expect(room.ask('other', { type: 'delete', key: 'k', guard })).toMatchObject({
    reason: 'not-owner',
  });
  const decoded = decodeMachine(encodeMachine(room.machine), ALL_MACHINE_RULES);
  room.machine = decoded.ok ? decoded.machine : room.machine;
  expect(room.ask('other', write)).toMatchObject({ reason: 'not-owner' });
  expect(room.write('holder', token)).toBe('ok');
});

/** A room in which the key vouches for hosts; who writes `k` under a lock, or under none. */
function withHosts(...hosts: string[]) {
  const room = new Room().join('stranger');
  for (const peer of hosts) room.ask(peer, { type: 'join', info: { ...INFO, vouchedBy: 'room' } });
  const take = (peer: string, lock: string) =>
    tokenOf(room.ask(peer, { type: 'acquire', lock, ttlMs: 0, wait: false }));
  const write = (peer: string, guard: { lock: string; token: number } | null) => {
    const value = new Uint8Array([2]);
    const result = room.ask(peer, { type: 'write', key: 'k', value, guard });
    return result.type === 'refused' ? result.reason : result.type;
  };
  return { room, take, write };
}

test('a stranger keeps no key from who is vouched for by guarding it', () => {
  const { room, take, write } = withHosts('host');
  const ours = { lock: 'ours', token: take('host', 'ours') };
  // Every lock that it takes anew has a greater token than the host's, which stays the same.
  for (let i = 0; i < 3; i++) {
    const theirs = { lock: 'theirs', token: take('stranger', 'theirs') };
    expect(theirs.token).toBeGreaterThan(take('host', 'ours'));
    expect(write('stranger', theirs)).toBe('ok');
    expect(write('host', i < 2 ? ours : null)).toBe('ok');
    expect(write('stranger', theirs)).toBe('not-owner');
    room.ask('stranger', { type: 'release', ...theirs });
    room.ask('host', { type: 'delete', key: 'k', guard: i < 2 ? ours : null });
  }
});

test('nor by holding the lock that guards it: another one does then, and only one', () => {
  const { room, take, write } = withHosts('host', 'other', 'late');
  const first = { lock: 'L', token: take('host', 'L') };
  expect(write('host', first)).toBe('ok');
  room.ask('host', { type: 'release', ...first });
  const other = { lock: 'M', token: take('other', 'M') };
  expect(write('other', other)).toBe('not-owner'); // L is free: who writes takes that
  const theirs = { lock: 'L', token: take('stranger', 'L') };
  expect(write('stranger', theirs)).toBe('not-owner');
  expect(write('host', null)).toBe('stale-token');
  const late = { lock: 'N', token: take('late', 'N') };
  expect(write('other', other)).toBe('ok');
  expect(write('late', late)).toBe('not-owner');
  room.ask('stranger', { type: 'release', ...theirs });
  expect(write('host', { lock: 'L', token: take('host', 'L') })).toBe('not-owner');
  expect(write('other', other)).toBe('ok');
});

test('among strangers the first lock that guards a key goes on to', () => {
  const { room, take, write } = withHosts();
  room.join('second');
  expect(write('stranger', { lock: 'L', token: take('stranger', 'L') })).toBe('ok');
  expect(write('second', { lock: 'M', token: take('second', 'M') })).toBe('not-owner');
});

test('with tokenIsChecked off the stale write gets through: the rule is what holds it', () => {
  const room = new Room({ tokenIsChecked: false }).join('a', 'b');
  const first = tokenOf(room.lock('a'));
  room.tick(30_000);
  room.lock('b');
  expect(room.write('a', first)).toBe('ok');
});

test('a renewal moves the end and keeps the token', () => {
  const room = new Room().join('a');
  const token = tokenOf(room.lock('a'));
  room.nowMs = 20_000;
  const renewed = room.ask('a', { type: 'renew', lock: 'L', token, ttlMs: 0 });
  expect(renewed).toEqual({ type: 'granted', token, expiresAtMs: 50_000 });
  room.tick(49_999);
  expect(holderOf(room.machine, 'L')?.token).toBe(token);
});

test('a renewal for less ends the lock sooner', () => {
  const room = new Room().join('a');
  const token = tokenOf(room.lock('a'));
  room.ask('a', { type: 'renew', lock: 'L', token, ttlMs: 1_000 });
  room.tick(1_000);
  expect(holderOf(room.machine, 'L')).toBeNull();
});

test('a new epoch ends every hold: what was lost may have passed the lock on', () => {
  const room = new Room().join('a', 'b');
  const first = tokenOf(room.lock('a'));
  room.lock('b', true);
  const { machine } = room;
  const configuration = { voters: ['a'], votersOutgoing: [], learners: [] };
  const { events } = applyEntry(machine, {
    type: 'configuration',
    index: machine.index + 1,
    term: 2 ** 32,
    configuration,
  });
  expect(events).toMatchObject([{ change: 'expired' }, { change: 'granted', peer: 'b' }]);
  expect(holderOf(machine, 'L')!.token).toBe(tokenAt(1, machine.index));
  expect(holderOf(machine, 'L')!.token).toBeGreaterThan(first);
});

test('a repeated command is answered, not applied again', () => {
  const room = new Room().join('a');
  const { session } = room.machine.members.get('a')!;
  const publish: Command = { type: 'publish', topic: 't', payload: new Uint8Array() };
  const once = room.propose('a', publish, { session, sequence: 1 });
  const twice = room.propose('a', publish, { session, sequence: 1 });
  expect(twice.result).toEqual(once.result);
  expect(twice.events).toEqual([]);
  room.propose('a', publish, { session, sequence: 40 });
  expect(room.propose('a', publish, { session, sequence: 8 }).result).toEqual({
    type: 'refused',
    reason: 'forgotten',
  });
  // Out of order within the window is no repeat.
  expect(room.propose('a', publish, { session, sequence: 20 }).result.type).toBe('published');
});

test('a session ends when its peer joins again, and so does what it held', () => {
  const room = new Room().join('a', 'b');
  const { session } = room.machine.members.get('a')!;
  room.lock('a');
  room.lock('b', true);
  room.join('a');
  expect(holderOf(room.machine, 'L')?.peer).toBe('b');
  expect(room.propose('a', { type: 'leave' }, { session, sequence: 9 }).result).toEqual({
    type: 'refused',
    reason: 'stale-session',
  });
});

test('members cannot speak as the leader, nor strangers as members', () => {
  const room = new Room().join('a');
  expect(room.ask('a', { type: 'remove', member: 'a' })).toMatchObject({ reason: 'leader-only' });
  expect(room.lock('z')).toMatchObject({ reason: 'not-a-member' });
  expect(room.lock('')).toMatchObject({ reason: 'not-a-member' });
});

const record = (instance: string, tag: string) => ({
  instance,
  service: 'trainer',
  capabilities: [tag],
  metadata: new Map([['room', tag]]),
  address: 'x',
});

test('discovery finds live services by capability and metadata', () => {
  const room = new Room().join('a', 'b');
  room.ask('a', { type: 'register', record: record('one', 'webgpu') });
  room.ask('b', { type: 'register', record: record('two', 'wasm') });
  expect(room.ask('b', { type: 'register', record: record('one', 'wasm') })).toMatchObject({
    reason: 'not-owner',
  });
  const found = (wanted: Parameters<typeof discover>[1]) =>
    discover(room.machine, wanted).map((service) => service.record.instance);
  expect(found({ service: 'trainer' })).toEqual(['one', 'two']);
  expect(found({ capabilities: ['webgpu'] })).toEqual(['one']);
  expect(found({ metadata: new Map([['room', 'wasm']]) })).toEqual(['two']);
  room.ask('', { type: 'liveness', member: 'b', to: 'suspect' });
  expect(found({})).toEqual(['one']);
  room.ask('', { type: 'liveness', member: 'a', to: 'dead' });
  expect(room.machine.services.has('one')).toBe(false);
});

test('a subscriber gets each event once, in order, and hears of a gap', () => {
  const room = new Room().join('a');
  const got: Delivery[] = [];
  const subscriptions = new Subscriptions();
  const wanted = { types: null, topicPrefix: 'game/', after: 0 };
  using _ = subscriptions.subscribe(room.machine, wanted, (delivery) => got.push(delivery));
  for (let i = 0; i < 3 * EVENTS_RETAINED; i++) {
    room.ask('a', { type: 'publish', topic: i % 2 ? 'game/x' : 'chat', payload: new Uint8Array() });
    if (i < 10) subscriptions.update(room.machine);
  }
  subscriptions.update(room.machine);
  expect(got.filter((delivery) => delivery.type === 'gap')).toHaveLength(1);
  const sequences = got.flatMap((delivery) =>
    delivery.type === 'event' ? [delivery.event.sequence] : [],
  );
  expect(sequences).toEqual(sequences.toSorted((a, b) => a - b));
  expect(new Set(sequences).size).toBe(sequences.length);
});

test('the guard of a foreign resource refuses what is older than what it saw', () => {
  const guard = new Guard();
  expect(guard.check('file', tokenAt(0, 7))).toBe('accepted');
  expect(guard.check('file', tokenAt(1, 3))).toBe('accepted');
  expect(guard.check('file', tokenAt(0, 900))).toBe('stale');
});

const SEEDS = [1, 2, 3] as const;

test.each(SEEDS)('seed %i: a replica restored from a snapshot goes on like the others', (seed) => {
  const commands = fc.sample(anyCommand, { seed, numRuns: 600 });
  const rng = createRng(seed);
  const room = new Room().join('a', 'b', 'c');
  let restored: Machine | null = null;
  const log: Parameters<typeof applyEntry>[1][] = [];
  for (const [i, generated] of commands.entries()) {
    const leaders = /tick|liveness|assign|revoke|accept|reject|agree/.test(generated.type);
    const peer = leaders ? '' : ['a', 'b', 'c'][rng.nextInt(3)]!;
    if (peer !== '' && !room.machine.members.has(peer)) {
      if (restored === null) room.join(peer);
      continue;
    }
    room.nowMs += rng.nextInt(4000);
    const member = room.machine.members.get(peer);
    const name = `n${rng.nextInt(3)}`;
    const command = { ...generated } as Record<string, unknown>;
    // Few names, so that commands meet; tokens that sometimes are the right ones.
    for (const key of ['lock', 'job', 'key', 'instance']) if (key in command) command[key] = name;
    if ('member' in command) command['member'] = ['a', 'b', 'c'][rng.nextInt(3)];
    const attempt = room.machine.ledger.jobs.get(name)?.attempts[0];
    if ('token' in command) {
      const lock = room.machine.locks.get(name)?.holder?.token;
      command['token'] = command['type'] === 'renew' ? lock : (attempt?.token ?? lock ?? 1);
      command['token'] ??= 1;
    }
    if (command['type'] === 'submit') {
      command['spec'] = { ...(command['spec'] as object), job: name, deadlineInMs: 90_000 };
    }
    if ('ttlMs' in command) command['ttlMs'] = rng.nextInt(9000);
    const entry = {
      type: 'command' as const,
      index: room.machine.index + 1,
      term: 1,
      command: encodeProposal({
        atMs: room.nowMs,
        peer,
        session: member?.session ?? 0,
        sequence: i + 1,
        command: command as unknown as Command,
      }),
    };
    applyEntry(room.machine, entry);
    if (restored !== null) applyEntry(restored, entry);
    log.push(entry);
    if (i === 300) {
      const decoded = decodeMachine(encodeMachine(room.machine), ALL_MACHINE_RULES);
      expect(decoded.ok).toBe(true);
      if (decoded.ok) restored = decoded.machine;
    }
  }
  expect(encodeMachine(restored!)).toEqual(encodeMachine(room.machine));
  expect(decodeMachine(new Uint8Array([1, 2, 3]), ALL_MACHINE_RULES).ok).toBe(false);
  expect(room.machine.eventSequence).toBeGreaterThan(100);
});

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JobSpec } from '../jobs/command.ts';
import { jobBytes, JOBS_FINISHED_RETAINED } from '../jobs/ledger.ts';
import { createRng } from '../rng.ts';
import { anyCommand } from '../wire/arbitraries.ts';
import type { Command, CommandResult } from './command.ts';
import { TABLES, type Table } from './holdings.ts';
import { explainRefusal } from './refusal.ts';
import { INFO, JOB, Room } from './room-for-tests.ts';
import { ALL_MACHINE_RULES } from './rules.ts';
import { decodeMachine, encodeMachine } from './snapshot.ts';
import { MEMBERS_MAX } from './state.ts';

const SPEC = { ...JOB, costUnits: 1, backoffMs: 0 };
const RECORD = { instance: '', service: 's', capabilities: [], metadata: new Map(), address: '' };

/** One more of each table, under a name of its own. */
const ONE_MORE: Record<Table, (name: string, bytes: Uint8Array) => Command> = {
  jobs: (job, payload) => ({ type: 'submit', spec: { ...SPEC, job, payload } }),
  services: (instance) => ({ type: 'register', record: { ...RECORD, instance } }),
  locks: (lock) => ({ type: 'acquire', lock, ttlMs: 0, wait: false }),
  values: (key, value) => ({ type: 'write', key, value, guard: null }),
};
/** The longest texts take three bytes a unit; identities are base64url of a key. */
const long = (chars: number, of: number | string) => String(of).padEnd(chars, '\u4e16');
const id = (of: string | number) => String(of).padEnd(43, '-');
const NO_BYTES = new Uint8Array(0);

function vouched(room: Room, ...peers: string[]): Room {
  for (const peer of peers) room.ask(peer, { type: 'join', info: { ...INFO, vouchedBy: 'room' } });
  return room;
}

/** How many the room takes from this peer, and the answer that ends it. */
function fill(room: Room, peer: string, table: Table, bytes = NO_BYTES) {
  let count = 0;
  let answer: CommandResult = { type: 'ok' };
  while (answer.type !== 'refused') {
    answer = room.ask(peer, ONE_MORE[table](`${peer}-${count}`, bytes));
    if (answer.type !== 'refused') count++;
  }
  return { count, reason: answer.reason };
}

test.each([
  ['jobs', 256],
  ['services', 32],
  ['locks', 64],
  ['values', 32],
] as const)('one stranger holds so many %s and no more: %i', (table, count) => {
  const room = new Room().join('stranger', 'other');
  expect(fill(room, 'stranger', table)).toEqual({ count, reason: 'over-share' });
  expect(explainRefusal('over-share')).toContain('vouch');
  // Everyone else goes on.
  expect(room.ask('other', ONE_MORE[table]('x', NO_BYTES)).type).not.toBe('refused');
  vouched(room, 'host');
  for (let i = 0; i <= count; i++)
    expect(room.ask('host', ONE_MORE[table](`h${i}`, NO_BYTES)).type).not.toBe('refused');
});

test('of bytes too: ten large payloads of a stranger are a share', () => {
  const room = new Room().join('stranger');
  expect(fill(room, 'stranger', 'jobs', new Uint8Array(24 * 1024))).toEqual({
    count: 10,
    reason: 'over-share',
  });
  expect(fill(room, 'stranger', 'values', new Uint8Array(24 * 1024)).count).toBe(1);
});

test('a thousand names of one stranger leave half of everything to those vouched for', () => {
  const room = new Room();
  let joined = 0;
  while (room.ask(`s${joined}`, { type: 'join', info: INFO }).type === 'joined') joined++;
  expect(joined).toBe(MEMBERS_MAX / 2);
  const counts = Array.from({ length: 130 }, (_, i) => fill(room, `s${i}`, 'values').count);
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(TABLES.values.count / 2);
  expect(fill(room, 's129', 'values')).toEqual({ count: 0, reason: 'full' });
  vouched(room, 'host');
  expect(fill(room, 'host', 'values').count).toBe(TABLES.values.count / 2);
});

test('what ends is given back: cancelled, deregistered, released and deleted', () => {
  const room = new Room().join('stranger');
  const { holdings } = room.machine;
  const ended: Command[] = [
    { type: 'cancel', job: 'x' },
    { type: 'deregister', instance: 'x' },
    { type: 'delete', key: 'x', guard: null },
  ];
  for (const table of ['jobs', 'services', 'values'] as const)
    room.ask('stranger', ONE_MORE[table]('x', NO_BYTES));
  room.ask('stranger', ONE_MORE.values('x', new Uint8Array(9)));
  for (const command of ended) expect(room.ask('stranger', command).type).toBe('ok');
  const granted = room.lock('stranger');
  room.join('stranger'); // a new session holds nothing of the old one
  expect(granted.type).toBe('granted');
  for (const table of ['jobs', 'services', 'locks', 'values'] as const)
    expect(holdings.of(table, 'stranger'), table).toEqual({ count: 0, bytes: 0 });
});

test('who leaves takes its work along: jobs, also pinned ones, services, holds', () => {
  const room = vouched(new Room(), 'host', 'worker').join('stranger');
  for (const peer of ['host', 'stranger']) {
    for (const table of ['jobs', 'services', 'locks', 'values'] as const)
      room.ask(peer, ONE_MORE[table](`of ${peer}`, NO_BYTES));
    room.ask(peer, {
      type: 'submit',
      spec: { ...SPEC, job: `pinned ${peer}`, lifetime: 'pinned' },
    });
    const job = `pinned ${peer}`;
    room.ask('', { type: 'assign', job, member: 'worker', purpose: 'first' });
  }
  room.lock('stranger');
  room.lock('host', true);
  const { machine } = room;
  room.ask('host', { type: 'leave' });
  room.ask('', { type: 'remove', member: 'stranger' });
  const states = [...machine.ledger.jobs.values()].map(({ state, attempts }) => [state, attempts]);
  expect(states).toEqual(Array.from({ length: 4 }, () => ['cancelled', []]));
  expect(machine.ledger.open.size + machine.services.size + machine.locks.size).toBe(0);
  // What the host wrote is the room's now; what the stranger wrote, nobody answers for.
  expect([...machine.values.keys()]).toEqual(['of host']);
  const decoded = decodeMachine(encodeMachine(machine), ALL_MACHINE_RULES);
  expect(decoded.ok && decoded.machine.holdings.of('values', 'host').count).toBe(1);
});

test('a value is deleted under the conditions under which it is written', () => {
  const room = vouched(new Room(), 'a', 'b').join('stranger');
  const remove = (peer: string, guard: { lock: string; token: number } | null) =>
    room.ask(peer, { type: 'delete', key: 'k', guard });
  expect(remove('a', null)).toMatchObject({ reason: 'unknown' });
  const granted = room.lock('a');
  const token = granted.type === 'granted' ? granted.token : 0;
  expect(room.write('a', token)).toBe('ok');
  expect(remove('a', null)).toMatchObject({ reason: 'stale-token' });
  room.tick(30_000);
  expect(remove('a', { lock: 'L', token })).toMatchObject({ reason: 'stale-token' });
  const again = room.lock('b');
  expect(remove('b', { lock: 'L', token: again.type === 'granted' ? again.token : 0 }).type).toBe(
    'ok',
  );
  expect(room.machine.values.size).toBe(0);
  room.ask('a', ONE_MORE.values('k', NO_BYTES));
  expect(room.ask('stranger', ONE_MORE.values('k', NO_BYTES))).toMatchObject({
    reason: 'not-owner',
  });
  expect(remove('stranger', null)).toMatchObject({ reason: 'not-owner' });
  expect(remove('b', null).type).toBe('ok');
});

test('a room full of the longest names fits one snapshot, and is as full when it is restored', () => {
  const capabilities = Array.from({ length: 32 }, (_, i) => long(48, i));
  const hosts = [id('a'), id('b')];
  const room = new Room();
  const info = { ...INFO, capabilities, adapterClass: long(48, ''), vouchedBy: 'room' };
  for (const host of hosts) room.ask(host, { type: 'join', info });
  for (let i = 2; i < MEMBERS_MAX; i++) room.ask(id(i), { type: 'join', info });
  for (let i = 0; i < 1_300; i++)
    room.ask(id(2), {
      type: 'publish',
      topic: long(128, ''),
      payload: new Uint8Array(4 * 1024),
    });
  const spec = { ...SPEC, kind: long(48, ''), comparator: long(48, ''), capabilities };
  for (let i = 0; i < 2 * JOBS_FINISHED_RETAINED - 1; i++) {
    const job = long(128, `f${i}`);
    room.ask(hosts[0]!, { type: 'submit', spec: { ...spec, job, capabilities: [] } });
    const assigned = room.ask('', { type: 'assign', job, member: id(3), purpose: 'first' });
    const token = assigned.type === 'assigned' ? assigned.token : 0;
    room.ask(id(3), { type: 'fail', job, token, reason: long(64, ''), retry: false });
  }
  const metadata = new Map(Array.from({ length: 32 }, (_, i) => [long(48, i), long(256, '')]));
  const record = { service: long(48, ''), capabilities, metadata, address: long(256, '') };
  const longest: Record<Table, (name: string) => Command> = {
    // What many small ones take is held by the next test; few large ones are quicker here.
    jobs: (job) => ({ type: 'submit', spec: { ...spec, job, payload: new Uint8Array(20_000) } }),
    services: (instance) => ({ type: 'register', record: { ...record, instance } }),
    locks: ONE_MORE.locks as (name: string) => Command,
    values: (key) => ONE_MORE.values(key, new Uint8Array(24 * 1024)),
  };
  for (const table of ['jobs', 'services', 'locks', 'values'] as const) {
    for (const host of hosts) {
      let i = 0;
      while (room.ask(host, longest[table](long(128, `${host} ${i}`))).type !== 'refused') i++;
      expect(i, table).toBeGreaterThan(10);
    }
  }
  const bytes = encodeMachine(room.machine);
  expect(bytes.length).toBeGreaterThan(40 * 2 ** 20);
  expect(bytes.length).toBeLessThan(64 * 2 ** 20);
  const decoded = decodeMachine(bytes, ALL_MACHINE_RULES);
  if (!decoded.ok) throw new Error(decoded.reason);
  for (const table of Object.keys(TABLES) as Table[])
    for (const host of hosts)
      expect(decoded.machine.holdings.of(table, host)).toEqual(
        room.machine.holdings.of(table, host),
      );
});

test('a job with all its attempts takes no more than it was charged', () => {
  const room = vouched(new Room(), id('host'), ...[0, 1, 2, 3, 4].map(id));
  room.machine.epoch = 8_191; // long tokens
  room.nowMs = 2 ** 50;
  const sizeNow = () => {
    room.machine.events = [];
    return encodeMachine(room.machine).length;
  };
  const before = sizeNow();
  const payload = new Uint8Array(500);
  const spec = { ...SPEC, job: '\u4e16'.repeat(128), payload, capabilities: ['\u4e16'.repeat(48)] };
  const long = { costUnits: 1e9, memoryBytes: 2 ** 52, backoffMs: 2 ** 52, deadlineInMs: 2 ** 51 };
  room.ask(id('host'), { type: 'submit', spec: { ...spec, ...long, acceptance: 'checked' } });
  const [job] = room.machine.ledger.open.values();
  const at = { job: spec.job };
  const assign = (i: number, purpose: 'first' | 'replica') =>
    room.ask('', { type: 'assign', ...at, member: id(i), purpose });
  for (let i = 0; i < 5; i++) assign(i, i === 0 ? 'first' : 'replica');
  const [first, ...others] = job!.attempts;
  const reason = '\u4e16'.repeat(64);
  room.ask(id(0), { type: 'fail', ...at, token: first!.token, reason, retry: true });
  for (const { token, peer } of others)
    room.ask(peer, { type: 'result', ...at, token, hash: new Uint8Array(32) });
  assign(0, 'replica');
  room.ask(id(0), {
    type: 'result',
    ...at,
    token: job!.attempts[4]!.token,
    hash: new Uint8Array(32),
  });
  expect(job!.attempts.map(({ result }) => result !== null)).toEqual(Array(5).fill(true));
  room.machine.ledger.peers.clear();
  for (const member of room.machine.members.values()) member.answers = [];
  expect(sizeNow() - before).toBeLessThanOrEqual(jobBytes(job!.spec));
});

test('whatever is asked, the state can be written down, and then holds the same shares', () => {
  const room = vouched(new Room(), 'a', 'b');
  room.tick(50_000);
  const rng = createRng(3);
  const seen = new Set<Table>();
  for (const generated of fc.sample(anyCommand, { seed: 5, numRuns: 3_000 })) {
    const leaders = /tick|remove|liveness|assign|revoke|accept|reject|agree/.test(generated.type);
    const command = { ...generated } as Record<string, unknown>;
    if ('member' in command) command['member'] = 'b';
    const name = `n${rng.nextInt(3)}`;
    for (const key of ['job', 'lock', 'key', 'instance']) if (key in command) command[key] = name;
    if (command['type'] === 'register')
      command['record'] = { ...(command['record'] as object), instance: name };
    if ('token' in command)
      command['token'] =
        room.machine.locks.get(name)?.holder?.token ??
        room.machine.ledger.jobs.get(name)?.attempts[0]?.token ??
        1;
    if (!room.machine.members.has('a')) vouched(room, 'a');
    if (!room.machine.members.has('b')) vouched(room, 'b');
    if (command['type'] === 'submit')
      command['spec'] = { ...(command['spec'] as JobSpec), job: name, costUnits: 1e9 };
    const peer = leaders ? '' : ['a', 'b'][room.machine.index % 2]!;
    room.ask(peer, command as unknown as Command);
    if (room.machine.index % 50 !== 0) continue;
    const bytes = encodeMachine(room.machine);
    const decoded = decodeMachine(bytes, ALL_MACHINE_RULES);
    if (!decoded.ok) throw new Error(decoded.reason);
    expect(encodeMachine(decoded.machine)).toEqual(bytes);
    for (const table of Object.keys(TABLES) as Table[]) {
      for (const holder of ['a', 'b']) {
        const held = room.machine.holdings.of(table, holder);
        expect(decoded.machine.holdings.of(table, holder), `${table} of ${holder}`).toEqual(held);
        if (held.count > 0) seen.add(table);
      }
    }
  }
  room.ask('a', { type: 'submit', spec: { ...SPEC, job: 'x', deadlineInMs: 2 ** 53 - 1 } });
  expect(encodeMachine(room.machine).length).toBeGreaterThan(0);
  expect(seen.size).toBe(4);
});

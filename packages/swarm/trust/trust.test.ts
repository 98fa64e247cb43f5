import { expect, test } from 'vitest';
import type { JobSpec } from '../jobs/command.ts';
import { createRng } from '../rng.ts';
import { Room } from '../state-machine/room-for-tests.ts';
import { AUDIT_DEFAULTS, auditShare, isReleased } from './audit.ts';
import { restepped, tolerant, type RestepOptions, type Tolerance } from './comparator.ts';
import { Judge } from './judge.ts';
import { KnownAnswers, USES_MAX } from './known-answers.ts';
import {
  appeal,
  APPEAL_AFTER_MS,
  APPEALS_MAX,
  audited,
  createReputation,
  forgetOldest,
  LEFT_REPUTATIONS_MAX,
  type Reputation,
} from './reputation.ts';

const bytes = (...values: number[]) => new Uint8Array(values);
const floats = (...values: number[]) => new Uint8Array(new Float32Array(values).buffer);

const specOf = (comparator: string): JobSpec => ({
  job: 'j',
  kind: 'rollout',
  payload: new Uint8Array(0),
  priority: 0,
  capabilities: [],
  costUnits: 1,
  memoryBytes: 0,
  deadlineInMs: 0,
  attemptsMax: 1,
  backoffMs: 0,
  lifetime: 'burst',
  acceptance: 'checked',
  comparator,
});

/** wasm is strict, GPUs fuse. */
const toleranceOf = (adapterClass: string): Tolerance =>
  adapterClass === 'wasm' ? { absolute: 0, relative: 0 } : { absolute: 1e-6, relative: 1e-3 };

function after(outcomes: string) {
  const reputation = createReputation();
  for (const outcome of outcomes) audited(reputation, outcome === '+', 1_000);
  return reputation;
}

test('three wrong results close together are out, three in ten thousand are not', () => {
  expect(after('+++--').standing).toBe('good');
  expect(after('+++---').standing).toBe('quarantined');
  expect(after(`-${'+'.repeat(60)}-${'+'.repeat(60)}-`).standing).toBe('quarantined');
  const rare = `-${'+'.repeat(3_000)}`;
  expect(after(rare.repeat(3)).standing).toBe('good');
});

test('newcomers and suspects are always audited, the established rarely', () => {
  expect(auditShare(after('+'.repeat(9)), AUDIT_DEFAULTS)).toBe(1);
  expect(auditShare(after('+'.repeat(100)), AUDIT_DEFAULTS)).toBe(AUDIT_DEFAULTS.shareMin);
  expect(auditShare(after(`${'+'.repeat(100)}-`), AUDIT_DEFAULTS)).toBe(1);
});

test('an unchecked result waits for its peer to pass more audits, and for no suspicion', () => {
  const { releaseAudits } = AUDIT_DEFAULTS;
  const reputation = after('+'.repeat(40 + releaseAudits));
  expect(isReleased(reputation, 40, AUDIT_DEFAULTS)).toBe(true);
  expect(isReleased(reputation, 41, AUDIT_DEFAULTS)).toBe(false);
  audited(reputation, false, 0);
  expect(isReleased(reputation, 0, AUDIT_DEFAULTS)).toBe(false);
});

test('an appeal needs time, is on probation, and is not for ever', () => {
  const reputation = after('---');
  expect(appeal(reputation, 1_000 + APPEAL_AFTER_MS - 1)).toBe('too-early');
  expect(appeal(reputation, 1_000 + APPEAL_AFTER_MS)).toBe('granted');
  expect(auditShare(reputation, AUDIT_DEFAULTS)).toBe(1);
  expect(appeal(reputation, 0)).toBe('no-need');
  audited(reputation, false, 2e6);
  expect(reputation.standing).toBe('quarantined');
  for (let i = 1; i < APPEALS_MAX; i++) {
    expect(appeal(reputation, 1e9)).toBe('granted');
    audited(reputation, false, 1e9);
  }
  expect(appeal(reputation, 1e12)).toBe('too-early');
});

/** A judge and what it knows of results: the hash of `blobs[i]` is 32 bytes of i. */
function judging(blobs: readonly Uint8Array[], transitionsOf: RestepOptions['transitionsOf']) {
  const judge = new Judge({
    comparators: new Map([
      ['close', tolerant(toleranceOf)],
      ['steps', restepped({ transitionsOf, step: add, toleranceOf, isClose, sampleCount: 16 })],
    ]),
    bytesOf: (hash) => blobs[hash[0]!] ?? null,
    rng: createRng(1),
  });
  return (comparator: string, a: [number, string], b: [number, string]) => {
    const [x, y] = [a, b].map(([blob, adapterClass]) => {
      return { hash: new Uint8Array(32).fill(blob), adapterClass };
    });
    return judge.compare(specOf(comparator), x!, y!);
  };
}

const add = (before: Uint8Array, input: Uint8Array) => bytes(before[0]! + input[0]!);
const isClose = (a: Uint8Array, b: Uint8Array, { absolute }: Tolerance) =>
  Math.abs(a[0]! - b[0]!) <= absolute * 1e6;

test('a job names its comparator; bytes are only fetched where hashes differ', () => {
  const compare = judging([floats(1, 2), floats(1.0005, 2)], () => null);
  expect(compare('exact', [0, 'wasm'], [0, 'gpu'])).toBe('same');
  expect(compare('exact', [0, 'gpu'], [1, 'gpu'])).toBe('different');
  expect(compare('nobody knows it', [0, 'gpu'], [1, 'gpu'])).toBe('different');
  expect(compare('close', [0, 'gpu'], [9, 'gpu'])).toBe('pending');
  expect(compare('close', [9, 'gpu'], [9, 'gpu'])).toBe('same');
});

test('floats may differ by what both adapter classes are allowed together', () => {
  const [one, near, nan] = [floats(1, 2), floats(1.0015, 2), floats(Number.NaN, 2)];
  const compare = judging([one, near, nan, bytes(1), nan], () => null);
  expect(compare('close', [0, 'gpu'], [1, 'gpu'])).toBe('same');
  expect(compare('close', [0, 'wasm'], [1, 'gpu'])).toBe('different');
  expect(compare('close', [2, 'gpu'], [4, 'gpu'])).toBe('different');
  expect(compare('close', [0, 'gpu'], [3, 'gpu'])).toBe('malformed');
});

test('a trajectory is checked step by step from its own states, which must join', () => {
  const honest = [0, 1, 2, 3].map((i) => ({
    before: bytes(i),
    input: bytes(1),
    after: bytes(i + 1),
  }));
  const claims = [
    honest,
    honest.with(2, { ...honest[2]!, after: bytes(9) }),
    [honest[0]!, honest[2]!], // right steps that do not join
    null,
    [],
    honest.with(3, { ...honest[3]!, after: bytes(5) }), // off by one: within a GPU's tolerance
  ];
  const compare = judging(
    claims.map((_, i) => bytes(i)),
    (_, result) => claims[result[0]!]!,
  );
  const verdicts = claims.map((_, i) => compare('steps', [i, 'wasm'], [99, 'wasm']));
  expect(verdicts).toEqual([
    'same',
    'different',
    'different',
    'malformed',
    'malformed',
    'different',
  ]);
  expect(compare('steps', [5, 'gpu'], [99, 'wasm'])).toBe('same');
});

test('a known answer is never asked of who ran it, nor often', () => {
  const known = new KnownAnswers();
  const rng = createRng(1);
  const answer = { hash: new Uint8Array(32), adapterClass: 'wasm' };
  known.add({ spec: specOf('exact'), answer, ranBy: ['a', 'relay'] });
  expect(known.draw('a', rng)).toBe(null);
  for (let use = 0; use < USES_MAX; use++) {
    expect(known.draw(`p${use}`, rng)?.answer).toBe(answer);
  }
  expect(known.draw('z', rng)).toBe(null);
  expect(known.size).toBe(0);
});

test('records of those who left are bounded, and no flood of new names clears an old one', () => {
  const reputations = new Map<string, Reputation>();
  const members = new Set(['member']);
  const isMember = (peer: string) => members.has(peer);
  const leave = (peer: string, record: Partial<Reputation>) => {
    reputations.set(peer, { ...createReputation(), ...record });
    forgetOldest(reputations, isMember);
  };
  leave('member', {}); // it stays as long as it is one
  leave('old liar', { standing: 'quarantined', quarantinedAtMs: 1 });
  leave('suspect', { suspicion: 4_605 });
  leave('earned', { passed: 900, credit: 10_000 });
  for (let i = 0; i < LEFT_REPUTATIONS_MAX; i++) leave(`new ${i}`, { passed: 1, credit: i });
  expect(reputations.size).toBe(LEFT_REPUTATIONS_MAX + 1);
  for (const kept of ['member', 'old liar', 'suspect', 'earned'])
    expect(reputations.has(kept), kept).toBe(true);
  for (let i = 0; i < 2 * LEFT_REPUTATIONS_MAX; i++)
    leave(`liar ${i}`, { standing: 'quarantined', quarantinedAtMs: 1_000 + i });
  expect(reputations.size).toBe(LEFT_REPUTATIONS_MAX + 1);
  expect([...reputations.keys()].slice(0, 2)).toEqual(['member', 'old liar']);
  expect(reputations.has('suspect')).toBe(false);
});

test('who leaves and comes back is who it was', () => {
  const room = new Room().join('client', 'liar');
  room.machine.reputations.set('liar', after('+++---'));
  room.ask('liar', { type: 'leave' });
  room.join('liar');
  expect(room.machine.reputations.get('liar')?.standing).toBe('quarantined');
  room.nowMs = APPEAL_AFTER_MS; // after() quarantines at 1,000 ms
  expect(room.ask('liar', { type: 'appeal' })).toMatchObject({ reason: 'too-early' });
  room.nowMs += 1_000;
  expect(room.ask('liar', { type: 'appeal' }).type).toBe('ok');
  expect(room.machine.reputations.get('liar')).toMatchObject({ standing: 'good', appeals: 1 });
  expect(room.ask('client', { type: 'appeal' })).toMatchObject({ reason: 'unknown' });
});

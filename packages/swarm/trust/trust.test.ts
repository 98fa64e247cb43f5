import { expect, test } from 'vitest';
import { createRng } from '../rng.ts';
import { AUDIT_DEFAULTS, auditShare, isReleased } from './audit.ts';
import type { Attempt, Job } from '../jobs/job.ts';
import { compareResults, exact, restep, tolerant } from './comparator.ts';
import { KnownAnswers, USES_MAX } from './known-answers.ts';
import { appeal, APPEAL_AFTER_MS, APPEALS_MAX, audited, createReputation } from './reputation.ts';

const bytes = (...values: number[]) => new Uint8Array(values);
const floats = (...values: number[]) => new Uint8Array(new Float32Array(values).buffer);

const job = (comparator: string) => ({ spec: { comparator } }) as Job;
const attempt = (fill: number) =>
  ({ peer: 'a', result: { hash: new Uint8Array(32).fill(fill) } }) as Attempt;

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

test('results are compared as their kind asks', () => {
  const same = ['wasm', 'wasm'] as const;
  const mixed = ['wasm', 'webgpu'] as const;
  expect(exact([bytes(1, 2), bytes(1, 2)], same)).toBe('same');
  expect(exact([bytes(1), bytes(1, 2)], same)).toBe('different');
  const close = tolerant({
    within: { absolute: 0, relative: 1e-7 },
    across: { absolute: 1e-6, relative: 1e-3 },
  });
  expect(close([floats(1, 2), floats(1.0005, 2)], mixed)).toBe('same');
  expect(close([floats(1, 2), floats(1.0005, 2)], same)).toBe('different');
  expect(close([floats(Number.NaN), floats(Number.NaN)], same)).toBe('different');
  expect(close([bytes(1), bytes(1)], same)).toBe('malformed');
});

test('a job names its comparator; bytes are only fetched where hashes differ', () => {
  const blobs = new Map([
    [1, floats(1, 2)],
    [2, floats(1.0001, 2)],
  ]);
  const tolerance = { absolute: 0, relative: 1e-3 };
  const compare = compareResults({
    comparators: new Map([['close', tolerant({ within: tolerance, across: tolerance })]]),
    bytesOf: (hash) => blobs.get(hash[0]!) ?? null,
    classOf: () => 'wasm',
  });
  expect(compare(job('close'), attempt(1), attempt(2))).toBe('same');
  expect(compare(job('exact'), attempt(1), attempt(2))).toBe('different');
  expect(compare(job('close'), attempt(1), attempt(3))).toBe('pending');
  expect(compare(job('close'), attempt(3), attempt(3))).toBe('same');
});

test('a trajectory is checked step by step from its own states, which must join', () => {
  const rng = createRng(1);
  const trajectory = (inputs: number[]) =>
    inputs.map((input, i) => ({ before: bytes(i), input: bytes(input), after: bytes(i + input) }));
  const check = (claimed: ReturnType<typeof trajectory> | null) =>
    restep(bytes(), ['wasm', 'wasm'], {
      transitionsOf: () => claimed,
      step: (before, input) => bytes(before[0]! + input[0]!),
      compare: exact,
      sampleCount: 16,
      draw: (bound) => rng.nextInt(bound),
    });
  const honest = trajectory([1, 1, 1, 1]);
  expect(check(honest)).toBe('right');
  expect(check(honest.with(2, { ...honest[2]!, after: bytes(9) }))).toBe('wrong');
  expect(check([honest[0]!, { ...honest[2]! }])).toBe('wrong'); // right steps that do not join
  expect(check(null)).toBe('malformed');
  expect(check([])).toBe('malformed');
});

test('a known answer is never asked of who gave it, nor often', () => {
  const known = new KnownAnswers();
  const rng = createRng(1);
  known.add({ question: 'q', answer: bytes(1), answeredBy: 'a' });
  expect(known.draw('a', rng)).toBe(null);
  for (let use = 0; use < USES_MAX; use++) {
    expect(known.draw(`p${use}`, rng)?.question).toBe('q');
  }
  expect(known.draw('z', rng)).toBe(null);
  expect(known.size).toBe(0);
});

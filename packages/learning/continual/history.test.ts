import { expect, test } from 'vitest';
import { crc32 } from '../binary/container.ts';
import {
  addScore,
  bytesOf,
  commitVersion,
  dropParts,
  EMPTY_HISTORY,
  headOf,
  type History,
  lineOf,
  rollBack,
  SCORES_MAX,
  versionById,
  VERSIONS_MAX,
  whyNotRollBack,
} from './history.ts';
import { decodeHistory, encodeHistory } from './history-codec.ts';

const bytesFrom = (seed: number, length = 100) =>
  Uint8Array.from({ length }, (_, i) => (seed * 31 + i * 7) & 255);

function trained(history: History, i: number): History {
  return commitVersion(history, {
    parent: headOf(history)?.id ?? null,
    task: `task ${i}`,
    algorithm: 'ppo',
    steps: 1000 * i,
    by: 'Ada',
    when: i,
    parts: { memory: bytesFrom(i), policy: bytesFrom(i + 50, 51) },
  });
}

const three = [1, 2, 3].reduce(trained, EMPTY_HISTORY);

test('versions follow each other; the same bytes are kept once', () => {
  expect(three.versions.map(({ task }) => task)).toEqual(['task 1', 'task 2', 'task 3']);
  const [first, second, third] = three.versions;
  expect(lineOf(three, third!.id)).toEqual([third, second, first]);
  expect(bytesOf(three)).toBe(3 * 151);
  const again = commitVersion(three, {
    ...second!,
    parent: third!.id,
    when: 4,
    parts: { memory: bytesFrom(1) },
  });
  expect(bytesOf(again)).toBe(3 * 151);
  expect(trained(EMPTY_HISTORY, 1)).toEqual(trained(EMPTY_HISTORY, 1));
});

test('going back makes a new head of the old version, and nothing is lost', () => {
  const [first, second] = three.versions;
  const back = rollBack(three, { to: first!.id, by: 'Bob', when: 9 });
  expect(back.versions.slice(0, 3)).toEqual(three.versions);
  const head = headOf(back)!;
  expect(head).toMatchObject({ parent: first!.id, made: 'rollback', by: 'Bob', when: 9 });
  expect(head.parts).toEqual(first!.parts);
  expect(back.blobs).toEqual(three.blobs);
  expect(lineOf(back, head.id)).toEqual([head, first]);
  // And forward again, to what was left.
  const forth = rollBack(back, { to: second!.id, by: 'Bob', when: 10 });
  expect(headOf(forth)).toMatchObject({ task: 'task 2', parts: second!.parts });
  expect(whyNotRollBack(back, head.id)).toContain('latest one already');
  expect(() => rollBack(three, { to: 'nothing', by: 'Bob', when: 9 })).toThrow('no such version');
});

test('said twice, a version is there once', () => {
  const back = { to: three.versions[0]!.id, by: 'Bob', when: 9 };
  const once = rollBack(three, back);
  expect(rollBack(once, back)).toBe(once);
  const moved = rollBack(once, { ...back, to: three.versions[1]!.id });
  expect(() => rollBack(moved, back)).toThrow('say another time');
  expect(headOf(rollBack(moved, { ...back, when: 10 }))?.parent).toBe(back.to);
});

test('scores are kept over time, of versions that there are', () => {
  const version = three.versions[1]!.id;
  const score = { version, task: 'task 1', mean: 0.5, error: 0.1, episodes: 100, when: 5 };
  const scored = addScore(addScore(three, score), { ...score, mean: 0.4, when: 6 });
  expect(scored.scores.map(({ mean }) => mean)).toEqual([0.5, 0.4]);
  expect(() => addScore(three, { ...score, version: 'x' })).toThrow('not in this history');
  for (const wrong of [{ mean: Number.NaN }, { error: -1 }, { episodes: 0 }]) {
    expect(() => addScore(three, { ...score, ...wrong })).toThrow('a number that is none');
  }
});

test('what does not fit is refused in words', () => {
  const o = { ...three.versions[0]!, parts: {} };
  expect(() => commitVersion(three, { ...o, parent: 'x' })).toThrow('a parent that is not in');
  expect(() => commitVersion(three, { ...o, task: '' })).toThrow('wants a task');
  expect(() => commitVersion(three, { ...o, steps: -1 })).toThrow('has no steps');
  const many = Array.from({ length: 9 }, (_, i) => [`part ${i}`, bytesFrom(i)]);
  expect(() => commitVersion(three, { ...o, parts: Object.fromEntries(many) })).toThrow(
    'at most 8',
  );
  const full = {
    ...three,
    versions: Array.from({ length: VERSIONS_MAX }, () => three.versions[0]!),
  };
  expect(() => trained(full, 8)).toThrow('begin a new one');
  const score = { version: o.id, task: 'a', mean: 0, error: 0, episodes: 1, when: 1 };
  const scored = { ...three, scores: Array.from({ length: SCORES_MAX }, () => score) };
  expect(() => addScore(scored, score)).toThrow('begin a new one');
});

test('bytes are dropped oldest first, never those of the head; versions stay', () => {
  const less = dropParts(three, { bytesMax: 320 });
  expect(less.versions).toEqual(three.versions);
  expect(bytesOf(less)).toBeLessThanOrEqual(320);
  expect(whyNotRollBack(less, three.versions[0]!.id)).toContain('was dropped to save space');
  expect(whyNotRollBack(less, three.versions[1]!.id)).toBeNull();
  const least = dropParts(three, { bytesMax: 0 });
  expect([...least.blobs.keys()].toSorted()).toEqual(
    Object.values(headOf(three)!.parts).toSorted(),
  );
  // What the head has from an old version stays.
  const back = dropParts(rollBack(three, { to: three.versions[0]!.id, by: 'a', when: 9 }), {
    bytesMax: 0,
  });
  expect(whyNotRollBack(back, three.versions[0]!.id)).toBeNull();
});

const scored = addScore(rollBack(three, { to: three.versions[1]!.id, by: 'Zoë', when: 7.5 }), {
  version: three.versions[2]!.id,
  task: 'task 3',
  mean: -1.5,
  error: 0.25,
  episodes: 20,
  when: 8,
});

test('as bytes and back it is the same, whole or with bytes dropped', () => {
  for (const history of [EMPTY_HISTORY, three, scored, dropParts(scored, { bytesMax: 200 })]) {
    expect(decodeHistory(encodeHistory(history))).toEqual({ ok: true, history });
  }
});

test('any damaged byte and any lost end are refused', () => {
  const bytes = encodeHistory(scored);
  for (let at = 0; at < bytes.length; at += 13) {
    const damaged = bytes.slice();
    damaged[at]! ^= 1 << (at % 8);
    expect(decodeHistory(damaged).ok, `byte ${at}`).toBe(false);
    expect(decodeHistory(bytes.subarray(0, at)).ok, `cut at ${at}`).toBe(false);
  }
});

/** The text of versions and scores changed, with the check sum as it should be. */
function rewritten(change: (text: string) => string) {
  const { versions, scores } = scored;
  const text = JSON.stringify({ versions, scores });
  const [before, after] = [text, change(text)].map((one) => new TextEncoder().encode(one));
  expect(after!.length).toBe(before!.length);
  const bytes = encodeHistory(scored);
  bytes.set(after!, indexOfBytes(bytes, text.slice(0, 20)));
  new DataView(bytes.buffer).setUint32(12, crc32(bytes.subarray(16)), true);
  return decodeHistory(bytes);
}

function indexOfBytes(bytes: Uint8Array, text: string): number {
  const wanted = new TextEncoder().encode(text);
  return bytes.findIndex((_, at) => wanted.every((one, i) => bytes[at + i] === one));
}

test.each([
  ['"task 2"', '"task 9"', 'Version 2 is not what its id says'],
  ['"parent":null', '"parent":"no"', 'has a parent that is not in this history'],
  ['"steps":2000', '"steps":-200', 'Version 2: it has no steps'],
  ['"episodes":20', '"episodes":-2', 'Score 1: it has a number that is none'],
  ['"mean":-1.5', '"mean":null', 'Score 1: it has a number that is none'],
  ['"scores"', '"scared"', 'no versions, or too many'],
  ['{"versions"', '["versions"', 'The text of this history of versions is none'],
])('%s as %s is refused: %s', (from, to, message) => {
  const decoded = rewritten((text) => text.replace(from, to));
  expect(decoded).toMatchObject({ ok: false, message: expect.stringContaining(message) as string });
});

test('a version is found by its id', () => {
  expect(versionById(three, three.versions[1]!.id)).toBe(three.versions[1]);
  expect(versionById(three, '')).toBeNull();
});

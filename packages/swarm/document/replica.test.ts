import { expect, test } from 'vitest';
import * as Y from 'yjs';
import { createRng } from '../rng.ts';
import { encodeFrame } from '../wire/frame.ts';
import { STATE_VECTOR_BYTES_MAX } from '../wire/limits.ts';
import { applyForeign, diffFor, summaryOf } from './replica.ts';

/** Sixty edits of all kinds, each as its update. */
function editedUpdates(): Uint8Array[] {
  const rng = createRng(5);
  const doc = new Y.Doc();
  const updates: Uint8Array[] = [];
  doc.on('update', (update: Uint8Array) => updates.push(update));
  const text = doc.getText('t');
  for (let i = 0; i < 60; i++) {
    text.insert(rng.nextInt(text.length + 1), 'ab');
    if (i % 5 === 0) doc.getMap('m').set(`k${i}`, { a: i });
    if (i % 7 === 0) text.delete(0, 1);
    if (i % 9 === 0) doc.getArray('l').insert(0, [new Y.Map([['q', i]])]);
  }
  return updates;
}

test('corrupted updates never throw, and what is taken over never breaks the document', () => {
  const rng = createRng(6);
  const updates = editedUpdates();
  const base = Y.mergeUpdates(updates.slice(0, 40));
  let refused = 0;
  for (let round = 0; round < 500; round++) {
    const copy = new Y.Doc();
    const real = new Y.Doc();
    for (const doc of [copy, real]) Y.applyUpdate(doc, base);
    const bytes = updates[rng.nextInt(updates.length)]!.slice();
    for (let i = rng.nextInt(3); i >= 0; i--) bytes[rng.nextInt(bytes.length)] = rng.nextInt(256);
    const applied = applyForeign(copy, bytes);
    if (!applied.ok) refused++;
    else if (applied.update !== null) {
      Y.applyUpdate(real, applied.update);
      real.getText('t').toJSON();
      Y.encodeStateAsUpdate(real);
    }
  }
  expect(refused).toBeGreaterThan(250);
});

function docOf(some: readonly Uint8Array[]): Y.Doc {
  const doc = new Y.Doc();
  for (const update of some) applyForeign(doc, update);
  return doc;
}

test('the digest sees deletions, and not the order in which updates came', () => {
  const updates = editedUpdates();
  const whole = docOf(updates);
  expect(summaryOf(docOf(updates.toReversed())).digest).toEqual(summaryOf(whole).digest);
  const before = summaryOf(whole);
  whole.getText('t').delete(0, 1);
  const after = summaryOf(whole);
  expect(after.stateVector).toEqual(before.stateVector);
  expect(after.digest).not.toEqual(before.digest);
});

test('bytes bring a change, or wait, or are known', () => {
  const [first, second] = editedUpdates();
  const doc = new Y.Doc();
  const newsOf = (bytes: Uint8Array) => {
    const applied = applyForeign(doc, bytes);
    return applied.ok ? applied.news : applied.reason;
  };
  const order = [second!, second!, first!, first!, second!];
  expect(order.map(newsOf)).toEqual(['waits', 'none', 'change', 'none', 'none']);
});

test('what waits for its predecessors has a limit', () => {
  const doc = new Y.Doc();
  const updates: Uint8Array[] = [];
  doc.on('update', (update: Uint8Array) => updates.push(update));
  for (let i = 0; i < 4; i++) doc.getArray('l').push([new Uint8Array(2_200_000)]);
  const copy = new Y.Doc();
  const outcomes = updates.slice(1).map((update) => applyForeign(copy, update));
  expect(outcomes.at(-1)).toEqual({ ok: false, reason: 'crowded' });
});

test('an update that names thousands of clients does not make a summary that no frame takes', () => {
  const clients = 10_000;
  const bytes = [(clients & 127) | 128, clients >> 7];
  for (let i = 0; i < clients; i++) bytes.push(1, 128 | (i & 127), 128 | (i >> 7), 64, 0, 0, 1);
  const doc = new Y.Doc();
  expect(applyForeign(doc, new Uint8Array([...bytes, 0])).ok).toBe(true);
  expect(Y.encodeStateVector(doc).length).toBeGreaterThan(STATE_VECTOR_BYTES_MAX);
  const message = { type: 'hello', isReply: false, ...summaryOf(doc) } as const;
  expect(encodeFrame({ type: 'document', document: 'd', message }).length).toBeLessThan(100);
  expect(diffFor(doc, message.stateVector)!.length).toBeGreaterThan(30_000); // everything, then
});

test('a state vector that is none is an answer', () => {
  expect(diffFor(new Y.Doc(), new Uint8Array([200]))).toBe(null);
});

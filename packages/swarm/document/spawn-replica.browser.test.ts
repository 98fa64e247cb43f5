/** The same guard in a real Chromium, with a real Worker. */
import { expect, test } from 'vitest';
import * as Y from 'yjs';
import { GuardedReplica } from './guarded-replica.ts';
import { spawnReplica } from './spawn-replica.ts';

test('a Worker applies, refuses, and is replaced', async () => {
  const doc = new Y.Doc();
  doc.getText('t').insert(0, 'kept');
  using guard = new GuardedReplica({
    spawn: spawnReplica,
    state: () => Y.encodeStateAsUpdate(doc),
    after: (ms, call) => {
      const timer = setTimeout(call, ms);
      return () => clearTimeout(timer);
    },
  });
  const other = new Y.Doc();
  other.getMap('m').set('k', 1);
  const applied = await guard.apply(Y.encodeStateAsUpdate(other));
  expect(applied.ok && applied.update !== null).toBe(true);
  expect(await guard.apply(new Uint8Array([255, 1, 2]))).toEqual({ ok: false, reason: 'invalid' });
  expect(guard.killed).toBe(2); // the copy it had, and the new one that showed who is to blame
  const diff = await guard.diff(new Uint8Array(0));
  const copy = new Y.Doc();
  if (diff.ok) Y.applyUpdate(copy, diff.bytes);
  expect(copy.getText('t').toJSON()).toBe('kept');
});

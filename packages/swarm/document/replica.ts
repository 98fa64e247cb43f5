/** A Yjs document as the document peer sees it: bytes in, outcome out, never an exception. */
import * as Y from 'yjs';
import { STATE_VECTOR_BYTES_MAX } from '../wire/limits.ts';
import type { News, Summary } from './message.ts';
import { TRANSFER_BYTES_MAX } from './settings.ts';

/** The origin of every transaction that came from elsewhere. */
export const REMOTE = Symbol('remote');

/** Updates whose predecessors are missing wait in the document: so many bytes of them. */
const PENDING_BYTES_MAX = 4 * 2 ** 20;

/**
 * `update` is what changed, encoded anew by our own Yjs; null where nothing did. `crowded`: what
 * waits for predecessors is too much; the copy must start over, and who filled it is not known
 * unless it was new.
 */
export type Applied =
  | { readonly ok: true; readonly update: Uint8Array | null; readonly news: News }
  | { readonly ok: false; readonly reason: 'invalid' | 'too-large' | 'crowded' };

/**
 * Applies foreign bytes. They may hang this thread (Yjs 13.6.33: a frame of 27 bytes hangs
 * mergeUpdatesV2), and after `invalid` the document may be half changed: use it where both can be
 * thrown away, and take only `update` to the real document.
 */
export function applyForeign(doc: Y.Doc, bytes: Uint8Array): Applied {
  if (bytes.length > TRANSFER_BYTES_MAX) return { ok: false, reason: 'too-large' };
  const waitedBytes = pendingBytes(doc);
  const updates: Uint8Array[] = [];
  const listen = (update: Uint8Array) => void updates.push(update);
  doc.on('update', listen);
  try {
    Y.applyUpdate(doc, bytes, REMOTE);
  } catch {
    return { ok: false, reason: 'invalid' };
  } finally {
    doc.off('update', listen);
  }
  const waitingBytes = pendingBytes(doc);
  if (waitingBytes > PENDING_BYTES_MAX) return { ok: false, reason: 'crowded' };
  if (updates.length === 0)
    return { ok: true, update: null, news: waitingBytes === waitedBytes ? 'none' : 'waits' };
  const update = updates.length === 1 ? updates[0]! : Y.mergeUpdates(updates);
  return { ok: true, update, news: 'change' };
}

function pendingBytes({ store: { pendingStructs, pendingDs } }: Y.Doc): number {
  return (pendingStructs?.update.length ?? 0) + (pendingDs?.length ?? 0);
}

/** What `stateVector`'s owner lacks; null where it is no state vector. */
export function diffFor(doc: Y.Doc, stateVector: Uint8Array): Uint8Array | null {
  try {
    return Y.encodeStateAsUpdate(doc, stateVector.length === 0 ? undefined : stateVector);
  } catch {
    return null;
  }
}

/**
 * Costs a walk over the document: not for every edit. A snapshot is what is there and what is
 * deleted, in a canonical order; a state vector alone would not see deletions. One that is too
 * large for a frame (one update may name thousands of clients) is left out: then all is asked for.
 */
export function summaryOf(doc: Y.Doc): Summary {
  const digest = new Uint8Array(8);
  const view = new DataView(digest.buffer);
  const bytes = Y.encodeSnapshot(Y.snapshot(doc));
  view.setUint32(0, fnv1a(bytes, 0x811c9dc5));
  view.setUint32(4, fnv1a(bytes, 0x050c5d1f));
  const stateVector = Y.encodeStateVector(doc);
  const fits = stateVector.length <= STATE_VECTOR_BYTES_MAX;
  return { digest, stateVector: fits ? stateVector : NOTHING_KNOWN };
}

const NOTHING_KNOWN = new Uint8Array(0);

/** Fowler, Noll, Vo: fast and good enough, since a collision only delays a repair. */
function fnv1a(bytes: Uint8Array, start: number): number {
  let hash = start;
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  return hash >>> 0;
}

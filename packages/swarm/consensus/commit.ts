/** What is decided goes to the state machine, and reads that waited for it are served. */
import { refuse } from './state.ts';
import type { Draft } from './state.ts';

export function commitTo(draft: Draft, index: number): void {
  if (index <= draft.commit) return;
  draft.effects.push({ type: 'apply', entries: draft.log.slice(draft.commit + 1, index) });
  draft.commit = index;
  serveReads(draft);
}

/** Section 6.4, step 4: a read is served once everything up to its index is applied. */
export function serveReads(draft: Draft): void {
  if (draft.pendingReads.length === 0) return;
  draft.pendingReads = draft.pendingReads.filter((read) => {
    if (read.index === null || read.index > draft.commit) return true;
    draft.effects.push({ type: 'read-ready', ticket: read.ticket, index: read.index });
    return false;
  });
}

/** A question to the leader that was lost is given up after an election time-out. */
export function expireReads(draft: Draft): void {
  const { nowMs, settings } = draft;
  const late = (askedMs: number) => nowMs - askedMs > settings.electionMs;
  if (!draft.pendingReads.some((read) => late(read.askedMs))) return;
  draft.pendingReads = draft.pendingReads.filter((read) => {
    if (!late(read.askedMs)) return true;
    refuse(draft, read.ticket, 'not-ready');
    return false;
  });
}

/** What a refusal says to whoever meets it: the rule, and what to do. */
import type { Refusal } from './command.ts';

const EXPLANATIONS: Readonly<Record<Refusal, string>> = {
  'not-a-member': 'Only members ask: join first.',
  'stale-session': 'This session ended: join again.',
  forgotten: 'So old that nobody knows whether it was applied: look, then ask under a new number.',
  'leader-only': 'Only the leader may decide this: nothing to be done.',
  full: 'The room keeps no more of this: wait, or end something that it keeps.',
  'over-share':
    "You use your whole share of this table: cancel, deregister, release or delete something of yours, or have the room's key vouch for you and join again.",
  'not-owner': "It is another peer's, or another lock guards it: only who has that may change it.",
  unknown: 'There is nothing of that name: look what there is.',
  held: 'Somebody else holds the lock: wait for it (`wait`), or ask later.',
  'stale-token': 'This hold or this attempt has ended: get a new one first.',
  'too-early': 'An appeal needs more time since the quarantine, and there are few of them.',
  malformed: 'The log holds bytes that are no command: the leader that took them has a fault.',
  conflict: 'A different job has that id: choose another.',
  finished: 'The job is done, failed, cancelled or expired: nothing changes it; submit a new one.',
  'not-assignable': 'The job is not to be had in this state, or this peer runs it already.',
  'no-result': 'The attempt has no result yet to accept or reject.',
  'bad-cost': 'costUnits are a number from 0 to 1e9.',
};

export function explainRefusal(reason: Refusal): string {
  return EXPLANATIONS[reason];
}

/** What a replica is told and what it asks for. */
import type { Entry, Message, NodeId, RefusalReason, Snapshot } from './message.ts';

/**
 * `ticket`: a number of the caller's, returned with the answer. Unique per replica, across its
 * restarts too: the answer to a read of its earlier life may still be under way.
 */
export type Input =
  | { readonly type: 'tick' } // at or after `state.wakeMs`; harmless at any other time
  | { readonly type: 'message'; readonly message: Message }
  | {
      readonly type: 'propose';
      readonly ticket: number;
      readonly commands: readonly Uint8Array[];
      readonly of: 'member' | 'leader'; // what the leader itself owes the room is never 'busy'
    }
  | {
      readonly type: 'configure'; // the members after the change
      readonly ticket: number;
      readonly voters: readonly NodeId[];
      readonly learners: readonly NodeId[];
    }
  | { readonly type: 'read'; readonly ticket: number }
  | { readonly type: 'transfer'; readonly to: NodeId }
  | { readonly type: 'compact'; readonly index: number; readonly bytes: Uint8Array }
  | { readonly type: 'link-closed'; readonly peer: NodeId }
  | { readonly type: 'freeze' }; // this peer is about to be suspended: a leader hands over

/** What must survive a crash. `entries` replace everything from their first index on. */
export type Save = {
  readonly term: number;
  readonly vote: NodeId | null;
  readonly entries: readonly Entry[];
  readonly snapshot: Snapshot | null;
};

/**
 * What the caller must do, in this order, through one queue per replica: whatever follows a
 * `save` (of this step or of an earlier one) waits until that save is durable. That is how term,
 * vote and log are durable before any reply (3.8), and how the leader counts itself only for what
 * it has on disk (10.2.1): messages whose `to` is the replica itself come back as inputs.
 */
export type Effect =
  | { readonly type: 'save'; readonly save: Save }
  | { readonly type: 'send'; readonly message: Message }
  | { readonly type: 'apply'; readonly entries: readonly Entry[] } // committed, in order
  | { readonly type: 'restore'; readonly snapshot: Snapshot } // replaces the state machine
  // The first of the commands is at `index`; it is decided when `apply` brings it with that term.
  | {
      readonly type: 'proposed';
      readonly ticket: number;
      readonly index: number;
      readonly term: number;
    }
  | {
      readonly type: 'refused';
      readonly ticket: number;
      readonly reason: RefusalReason;
      readonly leader: NodeId | null;
      readonly afterMs: number; // 'busy': worth asking again then; else 0
    }
  // Serve the read once everything up to `index` is applied: by queue order, it is.
  | { readonly type: 'read-ready'; readonly ticket: number; readonly index: number }
  | { readonly type: 'fenced'; readonly epoch: number }; // this replica's epoch is over

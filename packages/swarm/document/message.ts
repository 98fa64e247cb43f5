/** What peers say to each other about a shared document. Plain data; bytes in ../wire/frame.ts. */
import type { PeerId } from '../state-machine/command.ts';

/** An update as its author made it: `sequence` counts that author's updates from 1. */
export type UpdateId = { readonly origin: PeerId; readonly sequence: number };

export type Update = UpdateId & {
  readonly bytes: Uint8Array;
  /** The author's, over document, author, sequence and bytes: whoever passes it on cannot edit. */
  readonly signature: Uint8Array;
};

/** What applied bytes brought: nothing that was not here, something that waits, or a change. */
export type News = 'none' | 'waits' | 'change';

/** What a replica holds, in short: equal digests mean equal documents. */
export type Summary = {
  readonly digest: Uint8Array; // 8 bytes of what is there and what is deleted
  readonly stateVector: Uint8Array; // Yjs: how much of each client is there
};

/** Who is here, what they point at: small, never stored, gone when its owner is. */
export type Presence = {
  readonly peer: PeerId;
  readonly clock: number;
  readonly state: Uint8Array | null; // null: left
  readonly signature: Uint8Array;
};

export type DocumentMessage =
  | ({ readonly type: 'update' } & Update)
  /** I have these: who does not get them soon may ask. */
  | { readonly type: 'have'; readonly ids: readonly UpdateId[] }
  /** Send me these, and from now on push to me. */
  | { readonly type: 'graft'; readonly ids: readonly UpdateId[] }
  /** I get everything from others: only tell me what you have. */
  | { readonly type: 'prune' }
  /** What I hold; where it differs from yours, send me the difference. */
  | ({ readonly type: 'hello'; readonly isReply: boolean } & Summary)
  /** A difference, in order. `transfer` is the sender's number for it. */
  | {
      readonly type: 'part';
      readonly transfer: number;
      readonly totalBytes: number;
      readonly offset: number;
      readonly bytes: Uint8Array;
    }
  /** I have everything of that transfer below `offset`. */
  | { readonly type: 'more'; readonly transfer: number; readonly offset: number }
  /** Another transfer is under way here, or I did not ask: do not go on with this one. */
  | { readonly type: 'stop'; readonly transfer: number }
  | ({ readonly type: 'presence' } & Presence);

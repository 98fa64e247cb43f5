/** The numbers of one shared document, each with its reason. */

export type DocumentSettings = {
  /** Wait this long for an announced update before asking for it: the tree may be deeper. */
  readonly graftMs: number;
  /** Ask one random neighbour about differences, once in one to two of these. */
  readonly repairMs: number;
  /** After a difference brought news, tell the other neighbours: together, after this long. */
  readonly helloDelayMs: number;
  readonly resendMs: number; // no acknowledgement for so long: send again from there
  readonly transferMsMax: number; // no progress for so long: given up
  /** Slower after that time, a transfer gives its place to another; alone, it may go on. */
  readonly bytesPerSecondMin: number;
  readonly presenceMs: number; // renewed this often, gone after twice of it
  readonly partBytes: number; // with header and signature within a message of 64 KiB
  readonly windowParts: number; // unacknowledged parts of one transfer
};

export const DOCUMENT_DEFAULTS: DocumentSettings = {
  graftMs: 600,
  repairMs: 5_000,
  helloDelayMs: 200,
  resendMs: 1_000,
  transferMsMax: 10_000,
  bytesPerSecondMin: 32 * 1024,
  presenceMs: 15_000,
  partBytes: 48 * 1024,
  windowParts: 8,
};

/** How often `tick` wants to be called. */
export const DOCUMENT_POLL_MS = 100;

/** What one peer keeps at most; beyond, the oldest goes or the new is left to the repair. */
export const NEIGHBOURS_MAX = 16;
export const SEEN_MAX = 16_384;
export const CACHE_MAX = 1_024;
export const CACHE_BYTES_MAX = 4 * 2 ** 20;
export const MISSING_MAX = 4_096;
export const APPLYING_MAX = 256;
export const VERIFYING_MAX = 512; // signatures under way
export const BLAMED_MAX = 1_024; // authors whose updates failed
export const TRANSFERS_MAX = 4; // outgoing at once
export const TRANSFER_BYTES_MAX = 64 * 2 ** 20;
export const PRESENCES_MAX = 256;

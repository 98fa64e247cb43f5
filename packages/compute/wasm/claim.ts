/**
 * Which chunk a thread works on next. Every thread owns an equal part of each step's chunks, so that
 * what it wrote in one step lies in its own cache in the next; when its part is done it takes from
 * the others, so that a thread that is held up, or never woke, costs little.
 *
 * Turns count the steps of a submission from 1 through all rounds. A claim word holds a turn and how
 * many of that thread's chunks were claimed in it; an older turn means none. Turns never wrap within
 * a submission and no thread carries one over to the next, so a thread that was held up cannot
 * claim what is long done.
 */

const COUNT_BITS = 12;
const COUNT_MASK = (1 << COUNT_BITS) - 1;
/** Steps times rounds of one submission. */
export const TURNS_MAX = 2 ** (31 - COUNT_BITS) - 1;

export type Claim = {
  /** The claim word of the thread that owns the chunks. */
  word: number;
  turn: number;
  /** Chunks that the thread owns in this turn; at most 4095. */
  owned: number;
};

/** Claims one of the chunks: 0 .. owned - 1, each once, or -1 where none is left. */
export function claimChunk(words: Int32Array, { word, turn, owned }: Claim): number {
  for (;;) {
    const value = Atomics.load(words, word);
    const claimedTurn = value >> COUNT_BITS;
    if (claimedTurn > turn) return -1;
    const claimed = claimedTurn === turn ? value & COUNT_MASK : 0;
    if (claimed >= owned) return -1;
    const next = (turn << COUNT_BITS) | (claimed + 1);
    if (Atomics.compareExchange(words, word, value, next) === value) return claimed;
  }
}

/** The first of a step's chunks that a thread owns; of `thread.count`: all chunks. */
export function ownedFrom(chunkCount: number, thread: number, threadCount: number): number {
  return Math.ceil((chunkCount * thread) / threadCount);
}

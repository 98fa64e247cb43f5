/**
 * What the threads of a pool share in the first bytes of the memory: counters, each on its own cache
 * line, and the program of the current submission. Indexes are into an Int32Array over the memory.
 *
 * A step of the program is one dispatch: which function, how many workgroups, cut into how many
 * chunks. Chunks are numbered through all steps of a round: those numbers are the tickets that
 * threads claim (crew.ts).
 */

import { TURNS_MAX } from './claim.ts';

const LINE_WORDS = 16;
/** Address 0 stays unused. */
const FIRST_WORD = 16;

/** Counts submissions and messages: workers sleep on it. */
export const EPOCH = FIRST_WORD;
/** Messages sent to the workers; read them before joining a submission. */
export const MAIL = FIRST_WORD + LINE_WORDS;
/** 1 while a submission accepts threads. */
export const OPEN = FIRST_WORD + 2 * LINE_WORDS;
/** Threads inside the current submission, the submitter not counted. */
export const ACTIVE = FIRST_WORD + 3 * LINE_WORDS;
/** Tickets whose work is done. */
export const DONE = FIRST_WORD + 5 * LINE_WORDS;
/** Threads asleep on DONE. */
export const SLEEPERS = FIRST_WORD + 6 * LINE_WORDS;
/** 0, or 1 + the step that failed first. */
export const FAILED = FIRST_WORD + 7 * LINE_WORDS;
/** The line of the loop that outran its budget in the failed step, or 0. */
export const FAILED_LINE = FAILED + 1;
/** The failed step's message: its length in bytes, then UTF-8. */
const FAILED_TEXT = FAILED + 2;
const FAILED_TEXT_BYTES_MAX = 1000;
/** Rounds, steps, tickets per round. */
const HEADER = FIRST_WORD + 25 * LINE_WORDS;
/** What was claimed of each thread's own chunks (claim.ts). */
const FIRST_CLAIM = HEADER + LINE_WORDS;
export const THREADS_MAX = 64;

/** The claim word of a thread. */
export function claimWord(thread: number): number {
  return FIRST_CLAIM + thread * LINE_WORDS;
}

/** Per step: function, workgroups, workgroups per chunk, first ticket of the round, tables. */
const STEP_WORDS = 5;
export const STEPS_MAX = 1024;
const FIRST_STEP = FIRST_CLAIM + THREADS_MAX * LINE_WORDS;
const FIRST_TABLE = FIRST_STEP + STEP_WORDS * STEPS_MAX + LINE_WORDS;
const TABLE_WORDS_MAX = 60 * 1024;
/** The arena begins here. */
export const PROGRAM_BYTES = (FIRST_TABLE + TABLE_WORDS_MAX) * 4;

/** Finished tickets are counted in 32 bits. */
const TICKETS_MAX = 2 ** 30;

/**
 * More chunks than threads, so that a thread that is held up costs little. Soccer 3v3, 1024 worlds,
 * two threads on two cores: 1.85 times one thread with 4, 1.95 with 8, 1.85 with 16.
 */
const CHUNKS_PER_THREAD = 8;

/** One dispatch as the program needs it. */
export type Step = {
  functionIndex: number;
  groupCount: number;
  /** What the kernel reads, but for `table[3]`, the address of the thread's scratch memory. */
  table: Uint32Array;
};

export type ProgramOptions = {
  threadCount: number;
  rounds: number;
  /** Address of each thread's scratch memory. */
  scratchAddresses: readonly number[];
};

/** Words that a step's tables take, one table for each thread. */
export function tableWords(step: Step, threadCount: number): number {
  return step.table.length * threadCount;
}

/** How many of `steps`, from `start` on, fit into one program. At least one. */
export function stepsThatFit(steps: readonly Step[], start: number, threadCount: number): number {
  let words = 0;
  let count = 0;
  while (start + count < steps.length && count < STEPS_MAX) {
    words += tableWords(steps[start + count]!, threadCount);
    if (words > TABLE_WORDS_MAX) break;
    count++;
  }
  if (count === 0) throw new Error(`A dispatch binds too much for ${threadCount} threads.`);
  return count;
}

/** How many rounds of `steps` one submission may have. */
export function roundsThatFit(steps: readonly Step[], threadCount: number): number {
  const tickets = steps.reduce((sum, step) => sum + chunksOf(step, threadCount).count, 0);
  return Math.floor(Math.min(TICKETS_MAX / Math.max(tickets, 1), TURNS_MAX / steps.length));
}

function chunksOf(step: Step, threadCount: number): { count: number; groups: number } {
  const groups = Math.max(1, Math.ceil(step.groupCount / (threadCount * CHUNKS_PER_THREAD)));
  return { count: Math.ceil(step.groupCount / groups), groups };
}

/** Writes the program of one submission; no thread may be inside one. Returns its tickets. */
export function writeProgram(
  words: Int32Array,
  steps: readonly Step[],
  options: ProgramOptions,
): number {
  const { threadCount, rounds, scratchAddresses } = options;
  let tickets = 0;
  let table = FIRST_TABLE;
  steps.forEach((step, s) => {
    const chunks = chunksOf(step, threadCount);
    const at = FIRST_STEP + s * STEP_WORDS;
    words[at] = step.functionIndex;
    words[at + 1] = step.groupCount;
    words[at + 2] = chunks.groups;
    words[at + 3] = tickets;
    words[at + 4] = table * 4;
    for (let thread = 0; thread < threadCount; thread++) {
      words.set(step.table, table);
      words[table + 3] = scratchAddresses[thread]!;
      table += step.table.length;
    }
    tickets += chunks.count;
  });
  // The last step ends where a step after it would begin.
  words[FIRST_STEP + steps.length * STEP_WORDS + 3] = tickets;
  words[FIRST_STEP + steps.length * STEP_WORDS + 4] = table * 4;
  words[HEADER] = rounds;
  words[HEADER + 1] = steps.length;
  words[HEADER + 2] = tickets;
  return tickets * rounds;
}

/** The program as a thread reads it. */
export class Program {
  readonly #words: Int32Array;
  readonly rounds: number;
  readonly stepCount: number;
  readonly ticketsPerRound: number;

  constructor(words: Int32Array) {
    this.#words = words;
    this.rounds = words[HEADER]!;
    this.stepCount = words[HEADER + 1]!;
    this.ticketsPerRound = words[HEADER + 2]!;
  }

  functionIndex(step: number): number {
    return this.#words[FIRST_STEP + step * STEP_WORDS]!;
  }

  groupCount(step: number): number {
    return this.#words[FIRST_STEP + step * STEP_WORDS + 1]!;
  }

  groupsPerChunk(step: number): number {
    return this.#words[FIRST_STEP + step * STEP_WORDS + 2]!;
  }

  /** First ticket of the step within a round; of `stepCount`: tickets per round. */
  firstTicket(step: number): number {
    return this.#words[FIRST_STEP + step * STEP_WORDS + 3]!;
  }

  /** Address of the step's table for one thread. */
  table(step: number, thread: { index: number; count: number }): number {
    const start = this.#words[FIRST_STEP + step * STEP_WORDS + 4]!;
    const end = this.#words[FIRST_STEP + (step + 1) * STEP_WORDS + 4]!;
    return start + ((end - start) / thread.count) * thread.index;
  }
}

/** Keeps the first failure of a submission; those that follow from it say less. */
export function writeFailure(
  words: Int32Array,
  failure: { step: number; line: number; text: string },
): void {
  if (Atomics.compareExchange(words, FAILED, 0, failure.step + 1) !== 0) return;
  const text = new TextEncoder().encode(failure.text).subarray(0, FAILED_TEXT_BYTES_MAX);
  words[FAILED_LINE] = failure.line;
  words[FAILED_TEXT] = text.length;
  new Uint8Array(words.buffer, 4 * (FAILED_TEXT + 1), text.length).set(text);
}

/** The failure of the submission that just ended, or null. */
export function readFailure(
  words: Int32Array,
): { step: number; line: number; text: string } | null {
  const failed = Atomics.load(words, FAILED);
  if (failed === 0) return null;
  // Copied, because TextDecoder takes no shared memory.
  const text = new Uint8Array(words.buffer, 4 * (FAILED_TEXT + 1), words[FAILED_TEXT]).slice();
  return {
    step: failed - 1,
    line: words[FAILED_LINE]!,
    text: new TextDecoder().decode(text),
  };
}

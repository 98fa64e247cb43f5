/**
 * How threads share a submission. Every thread that is there claims chunks of the current step
 * (claim.ts) and works on them; when none is left it waits until all of the step are done. That is
 * the barrier between dispatches, and it counts work, not threads. So any number of threads is
 * right, a worker that wakes late joins where the others are, and one that never wakes costs
 * nothing.
 */
import { claimChunk, ownedFrom } from './claim.ts';
import {
  ACTIVE,
  claimWord,
  DONE,
  EPOCH,
  FAILED,
  MAIL,
  OPEN,
  Program,
  SLEEPERS,
  writeFailure,
} from './program.ts';

/** An entry point of an instantiated module. */
export type KernelFunction = {
  run: (firstGroup: number, endGroup: number, table: number) => void;
  /** After a trap: the line of the loop that outran its budget, or 0. */
  loopLine: WebAssembly.Global | null;
};

/** The entry points of an instance in the order of `entries`. */
export function kernelFunctions(
  instance: WebAssembly.Instance,
  entries: readonly string[],
): KernelFunction[] {
  const loopLine = instance.exports['loopLine'];
  return entries.map((entry) => ({
    run: instance.exports[entry] as KernelFunction['run'],
    loopLine: loopLine instanceof WebAssembly.Global ? loopLine : null,
  }));
}

/** The line of the loop that outran its budget in a call that just trapped, or 0; resets it. */
export function takeLoopLine(kernel: KernelFunction): number {
  if (!kernel.loopLine) return 0;
  const line = Number(kernel.loopLine.value);
  kernel.loopLine.value = 0;
  return line;
}

export type Thread = { index: number; count: number };

/**
 * Looks at a word before sleeping on it. A barrier costs well under a microsecond while spinning and
 * 25 when a thread has to be woken; pure spinning halves the speed beside one busy process
 * (measured with the wasm-tensor sketch), so it is brief: about 75 microseconds.
 */
const SPINS_MAX = 1000;
/** A chunk of work that takes longer than this means that its thread is gone. */
const SILENCE_MS_MAX = 120_000;

type Pausing = { pause?: (iterations?: number) => void };
const pauseBriefly = (Atomics as Pausing).pause?.bind(Atomics) ?? (() => {});

/** Spins, then sleeps, until `ready`; what changes `index` wakes it (see `finishTicket`). */
function waitFor(words: Int32Array, index: number, ready: (value: number) => boolean): void {
  for (let spin = 0; spin < SPINS_MAX; spin++) {
    if (ready(Atomics.load(words, index))) return;
    pauseBriefly();
  }
  Atomics.add(words, SLEEPERS, 1);
  for (;;) {
    const value = Atomics.load(words, index);
    if (ready(value)) break;
    if (Atomics.wait(words, index, value, SILENCE_MS_MAX) === 'timed-out') {
      Atomics.sub(words, SLEEPERS, 1);
      throw new Error(`A thread did not answer for ${SILENCE_MS_MAX / 1000} s.`);
    }
  }
  Atomics.sub(words, SLEEPERS, 1);
}

function runChunk(
  words: Int32Array,
  functions: readonly KernelFunction[],
  chunk: { step: number; first: number; end: number; functionIndex: number; table: number },
): void {
  const kernel = functions[chunk.functionIndex]!;
  try {
    kernel.run(chunk.first, chunk.end, chunk.table);
  } catch (error) {
    const line = takeLoopLine(kernel);
    writeFailure(words, { step: chunk.step, line, text: String(error) });
  }
}

/** Works on the current submission until no chunk is left. */
export function work(
  words: Int32Array,
  functions: readonly KernelFunction[],
  thread: Thread,
): void {
  const program = new Program(words);
  const { stepCount, ticketsPerRound } = program;
  if (ticketsPerRound === 0) return;
  const turnCount = stepCount * program.rounds;
  let turn = turnOf(program, Atomics.load(words, DONE));
  for (; turn < turnCount; turn++) {
    const step = turn % stepCount;
    const roundStart = Math.floor(turn / stepCount) * ticketsPerRound;
    workOnStep(words, functions, { program, thread, step, turn: turn + 1, roundStart });
    const stepEnd = roundStart + program.firstTicket(step + 1);
    if (turn + 1 < turnCount) waitFor(words, DONE, (done) => done >= stepEnd);
  }
}

/** The step, counted through all rounds, that comes next when that many tickets are done. */
function turnOf(program: Program, done: number): number {
  const round = Math.floor(done / program.ticketsPerRound);
  const inRound = done % program.ticketsPerRound;
  let step = 0;
  while (inRound >= program.firstTicket(step + 1)) step++;
  return round * program.stepCount + step;
}

type Turn = { program: Program; thread: Thread; step: number; turn: number; roundStart: number };

/** Works on chunks of one step: the thread's own, then those of the others. */
function workOnStep(
  words: Int32Array,
  functions: readonly KernelFunction[],
  { program, thread, step, turn, roundStart }: Turn,
): void {
  const stepEnd = program.firstTicket(step + 1);
  const chunkCount = stepEnd - program.firstTicket(step);
  const groups = program.groupsPerChunk(step);
  for (let i = 0; i < thread.count; i++) {
    const owner = (thread.index + i) % thread.count;
    const from = ownedFrom(chunkCount, owner, thread.count);
    const owned = ownedFrom(chunkCount, owner + 1, thread.count) - from;
    const claim = { word: claimWord(owner), turn, owned };
    for (let chunk = claimChunk(words, claim); chunk >= 0; chunk = claimChunk(words, claim)) {
      if (Atomics.load(words, FAILED) === 0) {
        const first = (from + chunk) * groups;
        runChunk(words, functions, {
          step,
          first,
          end: Math.min(first + groups, program.groupCount(step)),
          functionIndex: program.functionIndex(step),
          table: program.table(step, thread),
        });
      }
      finishTicket(words, roundStart + stepEnd);
    }
  }
}

/** Counts a ticket; the last one of a step wakes those that sleep. */
function finishTicket(words: Int32Array, stepEnd: number): void {
  const done = Atomics.add(words, DONE, 1) + 1;
  if (done === stepEnd && Atomics.load(words, SLEEPERS) > 0) Atomics.notify(words, DONE);
}

/** Opens the written program of `ticketCount` tickets to all threads, works, and waits for the end. */
export function submitProgram(
  words: Int32Array,
  functions: readonly KernelFunction[],
  options: { ticketCount: number; thread: Thread },
): void {
  for (let t = 0; t < options.thread.count; t++) Atomics.store(words, claimWord(t), 0);
  Atomics.store(words, DONE, 0);
  Atomics.store(words, FAILED, 0);
  Atomics.store(words, OPEN, 1);
  Atomics.add(words, EPOCH, 1);
  Atomics.notify(words, EPOCH);
  work(words, functions, options.thread);
  waitFor(words, DONE, (done) => done >= options.ticketCount);
  // From here no thread comes in, and none may still look at the program when the next one is written.
  Atomics.store(words, OPEN, 0);
  waitFor(words, ACTIVE, (active) => active === 0);
}

/**
 * A worker's life between messages: sleeps until a submission, joins it, sleeps again. Returns when
 * there is mail beyond the `mailRead` messages that it has read, so that its event loop can run.
 */
export function serve(
  words: Int32Array,
  functions: readonly KernelFunction[],
  options: { thread: Thread; mailRead: number },
): void {
  for (;;) {
    const epoch = Atomics.load(words, EPOCH);
    if (Atomics.load(words, MAIL) !== options.mailRead) return;
    Atomics.add(words, ACTIVE, 1);
    if (Atomics.load(words, OPEN) === 1) work(words, functions, options.thread);
    if (Atomics.sub(words, ACTIVE, 1) === 1) Atomics.notify(words, ACTIVE);
    waitForEpoch(words, epoch);
  }
}

/** Returns when EPOCH is no longer `epoch`. */
function waitForEpoch(words: Int32Array, epoch: number): void {
  for (let spin = 0; spin < SPINS_MAX; spin++) {
    if (Atomics.load(words, EPOCH) !== epoch) return;
    pauseBriefly();
  }
  while (Atomics.load(words, EPOCH) === epoch) Atomics.wait(words, EPOCH, epoch);
}

/** Tells the workers that one more message is on its way to each of them. */
export function announceMail(words: Int32Array): void {
  Atomics.add(words, MAIL, 1);
  Atomics.add(words, EPOCH, 1);
  Atomics.notify(words, EPOCH);
}

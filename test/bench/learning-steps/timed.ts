/** Repeated measurements of several contestants in turn, so that load on the machine meets them all. */
import type { PeerStep } from '../peers/peer-step.ts';

const SECONDS_PER_TURN = 0.2;
const TURNS = 7;
const TURNS_MIN = 3;
/** After so long no further turn begins. */
const SECONDS_MAX = 60;
const WARM_UP_SECONDS = 3;

/** Seconds of one run, or of whatever is compared; `cpu`: in which this thread ran. */
export type Seconds = { readonly wall: number; readonly cpu: number };
export type Contestant = () => Promise<Seconds>;

/** Until V8's optimising tier is in place: after eight runs steps took 5 to 10 % longer than after fifty. */
export async function warmUp(step: PeerStep): Promise<void> {
  const start = performance.now();
  do {
    step.run(1);
    await step.finished();
  } while (performance.now() - start < 1000 * WARM_UP_SECONDS);
}

/** Seconds of one step, over as many as take a while. */
export function stepContestant(step: PeerStep): Contestant {
  let times = 1;
  return async () => {
    const start = clocks();
    step.run(times);
    await step.finished();
    const seconds = since(start, times);
    times = Math.min(1000, Math.max(1, Math.ceil(SECONDS_PER_TURN / seconds.wall)));
    return seconds;
  };
}

type Clocks = { readonly wall: number; readonly cpu: number };

/**
 * Milliseconds of both. A page has no clock of its CPU time. Of the thread, not the process: V8 compiles
 * and frees what others left on threads of its own.
 */
export function clocks(): Clocks {
  const used = globalThis.process?.threadCpuUsage?.() ?? { user: 0, system: 0 };
  return { wall: performance.now(), cpu: (used.user + used.system) / 1000 };
}

export function since(start: Clocks, runs: number): Seconds {
  const now = clocks();
  return {
    wall: (now.wall - start.wall) / 1000 / runs,
    cpu: (now.cpu - start.cpu) / 1000 / runs,
  };
}

export async function inTurn<Name extends string>(
  contestants: Readonly<Record<Name, Contestant>>,
): Promise<Record<Name, Seconds[]>> {
  const names = Object.keys(contestants) as Name[];
  const [first, ...others] = names;
  for (const name of names) await contestants[name](); // how many runs a turn has
  const measured = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<
    Name,
    Seconds[]
  >;
  const begun = performance.now();
  for (let turn = 0; turn < TURNS; turn++) {
    if (turn >= TURNS_MIN && performance.now() - begun > 1000 * SECONDS_MAX) break;
    // Every second turn the others are the other way round: of three, each then follows each other as
    // often, and what one leaves behind (memory to be freed, work that was put off) meets all alike.
    const order = turn % 2 === 0 ? names : [first!, ...others.toReversed()];
    for (const name of order) measured[name].push(await contestants[name]());
  }
  return measured;
}

export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

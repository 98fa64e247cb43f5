/** Says what is wrong with an environment that somebody wrote. */
import { layoutOf, LoopBudgetError, openWasm, WgslError } from '@dreampitch/compute';
import type { WasmCompute } from '@dreampitch/compute';
import { type Environment, LOOP_BUDGET, RESET } from './environment.ts';
import { pcgHash } from './seeds.ts';
import { contains, numbersOf, sample, sizeOf, valueIn, wordsOf } from './spaces.ts';
import { VectorEnvironment } from './vector-environment.ts';

const WORLDS = 8; // N
const STEPS = 300;
/** As many are enough to see what is wrong. */
const PROBLEMS_MAX = 8;

/**
 * Runs the environment for a while with random actions, on strict WASM. Each problem is a sentence
 * with a cure; none is a good sign. A loop that does not end is stopped and is one of the problems:
 * 'The loop in line 12 was stopped, ...'.
 */
export async function checkEnvironment(given: Environment): Promise<readonly string[]> {
  const environment = { ...given, loopBudget: given.loopBudget ?? LOOP_BUDGET };
  using compute = await openWasm({ threadCount: 1, sharedMemory: false });
  const problems = new Set<string>();
  let worlds: VectorEnvironment;
  try {
    for (const problem of checkSpaces(environment)) problems.add(problem);
    worlds = await VectorEnvironment.create(compute, environment, { worldCount: WORLDS });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const where = error instanceof WgslError ? 'The text does not compile: ' : '';
    return [...problems, where + error.message];
  }
  using _ = worlds;
  try {
    const first = play(compute, worlds, problems);
    const second = play(compute, worlds, problems);
    if (first !== second) {
      problems.add(
        'The same seeds and actions gave two different games: start every field of the state in ' +
          'reset, and draw random numbers from the seed only.',
      );
    }
  } catch (error) {
    if (!(error instanceof LoopBudgetError)) throw error;
    // First, as what else was seen may come of it.
    return [endlessLoop(error, environment.loopBudget), ...problems].slice(0, PROBLEMS_MAX);
  }
  return [...problems].slice(0, PROBLEMS_MAX);
}

function endlessLoop({ line }: LoopBudgetError, budget: number): string {
  return (
    `The loop in line ${line} was stopped, as the loops of one call ran for more than ${budget} ` +
    'iterations: let it end, or give it a greatest count.'
  );
}

function checkSpaces({ wgsl, constants, observationSpace, actionSpace }: Environment): string[] {
  const problems: string[] = [];
  const size = 4 * sizeOf(observationSpace);
  if (/\bstruct\s+Observation\b/.test(wgsl)) {
    const { bytes } = layoutOf(wgsl, 'Observation', constants);
    if (bytes !== size) {
      problems.push(
        `struct Observation has ${bytes} bytes, the observation space ${size / 4} numbers of 4 ` +
          'bytes: make them equal (vec3f takes the room of four numbers).',
      );
    }
  }
  if (/\bstruct\s+Action\b/.test(wgsl)) {
    const { bytes } = layoutOf(wgsl, 'Action', constants);
    if (bytes !== 4 * sizeOf(actionSpace)) {
      problems.push(
        `struct Action has ${bytes} bytes, the action space ${sizeOf(actionSpace)} numbers of 4.`,
      );
    }
  }
  return problems;
}

/** Plays with seeded random actions; a hash of all that came out. */
function play(compute: WasmCompute, worlds: VectorEnvironment, problems: Set<string>): number {
  const { environment, buffers, agentCount, observationSize } = worlds;
  const { actionSpace, observationSpace } = environment;
  worlds.reset(7);
  let draws = 0;
  const draw = () => pcgHash(draws++) * 2 ** -32;
  let hash = 0;
  let ended = Array<boolean>(WORLDS).fill(false);
  checkFirstEnds(new Uint32Array(compute.readSync(buffers.ends).buffer), problems);
  for (let step = 0; step < STEPS; step++) {
    const words = Array.from({ length: WORLDS * agentCount }, () => [
      ...wordsOf(actionSpace, sample(actionSpace, draw)),
    ]);
    compute.write(buffers.actions, Int32Array.from(words.flat()));
    worlds.step();
    const { buffer } = compute.readSync(buffers.observations);
    const seen = new Int32Array(buffer);
    for (let agent = 0; agent < WORLDS * agentCount; agent++) {
      const at = agent * observationSize;
      const value = valueIn(observationSpace, seen.subarray(at, at + observationSize));
      const own = numbersOf(observationSpace, value);
      if (contains(observationSpace, own)) continue;
      problems.add(`An observation is not in its space: ${own.join(', ')}.`);
    }
    const rewards = new Float32Array(compute.readSync(buffers.rewards).buffer);
    const ends = new Uint32Array(compute.readSync(buffers.ends).buffer);
    for (let n = 0; n < WORLDS; n++) {
      const own = rewards.subarray(n * agentCount, (n + 1) * agentCount);
      checkStep({ rewards: own, end: ends[n]!, ended: ended[n]! }, problems);
    }
    ended = Array.from({ length: WORLDS }, (_, n) => (ends[n]! & 3) !== 0);
    for (const word of new Uint32Array(buffer)) hash = pcgHash(hash ^ word);
  }
  return hash;
}

function checkFirstEnds(ends: Uint32Array, problems: Set<string>): void {
  if (ends.subarray(0, WORLDS).every((end) => end === RESET)) return;
  problems.add(`reset must write ${RESET} (RESET) to ends.`);
}

type Step = { rewards: Float32Array; end: number; ended: boolean };

function checkStep({ rewards, end, ended }: Step, problems: Set<string>): void {
  if (!rewards.every(Number.isFinite))
    problems.add(`A reward is no number: ${rewards.join(', ')}.`);
  if (end > RESET)
    problems.add(`ends has the value ${end}; it has TERMINATED 1, TRUNCATED 2, RESET 4.`);
  if (ended && end !== RESET) {
    problems.add(
      `After an episode's end, step must begin the next one and write ${RESET} to ends.`,
    );
  }
  if (!ended && end === RESET) problems.add('step began an episode anew before the old one ended.');
  if (end === RESET && rewards.some((reward) => reward !== 0)) {
    problems.add('The step that only begins an episode must give the reward 0.');
  }
}

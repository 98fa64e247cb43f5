/** Many games between any policies, all at once, each in a world of its own. */
import type { Compute, Dispatch } from '@dreampitch/compute';
import { type Environment, type Policy, VectorEnvironment } from '@dreampitch/sim';
import { madeOf } from '../algorithms/run.ts';
import scoreWgsl from './score.wgsl';

export type Game = {
  readonly seed: number; // u32
  readonly blue: number; // places in `policies`
  readonly orange: number;
};

export type PlayGamesOptions = {
  /** Of two teams, with a reward of about 1 for a goal of blue and -1 for one of orange. */
  readonly environment: Environment;
  readonly rules: Readonly<Record<string, number>>;
  readonly policies: readonly Policy[];
  readonly games: readonly Game[];
  /** A game that is not over after so many ticks is stopped and counts as it stands. */
  readonly ticksMax: number;
};

export type GameResult = {
  readonly goals: readonly [blue: number, orange: number];
  readonly ticks: number;
  readonly firstGoalTick: number | null;
};

/** Ticks per submission. */
const TICKS_PER_SUBMIT = 600;

/**
 * Plays them tick by tick as single matches are played: every policy decides at every so many ticks of
 * its own and its wheels hold between.
 */
export async function playGames(
  compute: Compute,
  options: PlayGamesOptions,
): Promise<GameResult[]> {
  const { games, policies, ticksMax } = options;
  const N = games.length;
  using environment = await VectorEnvironment.create(compute, options.environment, {
    worldCount: N,
    rules: options.rules,
  });
  using scores = compute.createBuffer({ label: 'scores', bytes: 5 * 4 * N });
  const { rewards, ends } = environment.buffers;
  const kernel = await compute.createKernel({
    label: 'keep score',
    wgsl: scoreWgsl,
    entry: 'keepScore',
    constants: { WORLDS: N, AGENTS: environment.agentCount },
  });
  const keepScore = kernel.prepare({ bindings: { rewards, ends, scores }, invocations: N });
  using attached = await attachAll(environment, policies, games);
  const { deciding } = attached;

  environment.reset(Uint32Array.from(games, ({ seed }) => seed));
  const period = deciding.map(({ every }) => every).reduce(leastCommonMultiple, 1);
  const sequence: Dispatch[] = [];
  for (let tick = 0; tick < period; tick++) {
    for (const { dispatches, every } of deciding) {
      if (tick % every === 0) sequence.push(...dispatches);
    }
    sequence.push(...environment.stepDispatches, keepScore);
  }
  const times = Math.ceil(TICKS_PER_SUBMIT / period);
  let kept = new Uint32Array(5 * N);
  for (let tick = 0; tick < ticksMax; tick += times * period) {
    compute.submit(sequence, { times });
    kept = new Uint32Array((await compute.read(scores)).buffer);
    if (kept.subarray(4 * N).every((over) => over === 1)) break;
  }
  return games.map((_, n) => {
    const first = kept[3 * N + n]!;
    return {
      goals: [kept[n]!, kept[N + n]!],
      ticks: kept[2 * N + n]!,
      firstGoalTick: first === 0 ? null : first,
    };
  });
}

function attachAll(
  environment: VectorEnvironment,
  policies: readonly Policy[],
  games: readonly Game[],
) {
  return madeOf(async (own) => {
    const attached: Disposable[] = [];
    const deciding: { dispatches: readonly Dispatch[]; every: number }[] = [];
    for (const [p, policy] of policies.entries()) {
      const agents = agentsOf(p, games, environment.agentCount);
      if (agents.length === 0) continue;
      const one = own(await policy.attach(environment, agents));
      attached.push(one);
      deciding.push({ dispatches: one.dispatches, every: policy.ticksPerAction ?? 1 });
    }
    return {
      deciding,
      [Symbol.dispose]() {
        for (const one of attached) one[Symbol.dispose]();
      },
    };
  });
}

/** The agents, world * R + agent, that policy `p` drives: blue is the first half of a world. */
function agentsOf(p: number, games: readonly Game[], R: number): Uint32Array {
  const team = R / 2;
  const agents: number[] = [];
  for (const [n, { blue, orange }] of games.entries()) {
    for (let i = 0; i < R; i++) if ((i < team ? blue : orange) === p) agents.push(n * R + i);
  }
  return Uint32Array.from(agents);
}

function leastCommonMultiple(a: number, b: number): number {
  return (a * b) / greatestCommonDivisor(a, b);
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

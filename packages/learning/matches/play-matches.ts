import type { Compute, Dispatch } from '@dreampitch/compute';
import { VectorEnvironment } from '@dreampitch/sim';
import type { Environment, Policy } from '@dreampitch/sim';
import { pcgHashOf } from '../random/pcg.ts';
import scoreWgsl from './score.wgsl';

export type PlayMatchesOptions = {
  /** Of two teams, with a reward of about 1 for a goal of blue and -1 for one of orange. */
  readonly environment: Environment;
  readonly rules: Readonly<Record<string, number>>;
  readonly seed: number; // u32
  readonly matchCount: number;
  /** `player` is blue in even matches and orange in odd ones. */
  readonly player: Policy;
  readonly opponent: Policy;
  /** A match that is not over after so many ticks is stopped and counts as it stands. */
  readonly ticksMax: number;
};

export type MatchResult = {
  readonly seed: number; // u32
  readonly scored: number; // goals of `player`
  readonly conceded: number;
  readonly ticks: number;
  readonly firstGoalTick: number | null;
};

/** Ticks per submission. */
const TICKS_PER_SUBMIT = 600;

/**
 * Plays matches side by side, tick by tick as single ones are played: every policy decides at every
 * so many ticks of its own and its wheels hold between.
 */
export async function playMatches(
  compute: Compute,
  options: PlayMatchesOptions,
): Promise<MatchResult[]> {
  const { matchCount: N, seed, ticksMax } = options;
  const seeds = Uint32Array.from({ length: N }, (_, n) => pcgHashOf(seed, n));
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
  const sides = [
    { policy: options.player, first: 0 },
    { policy: options.opponent, first: 1 },
  ];
  using attached = await attachSides(environment, sides);

  environment.reset(seeds);
  const period = periodOf(sides.map((side) => side.policy));
  const decided = attached.dispatches;
  const sequence: Dispatch[] = [];
  for (let tick = 0; tick < period; tick++) {
    for (const { dispatches, every } of decided) {
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
  return resultsOf(kept, seeds);
}

function resultsOf(kept: Uint32Array, seeds: Uint32Array): MatchResult[] {
  const N = seeds.length;
  return Array.from(seeds, (seed, n) => {
    const goals = [kept[n]!, kept[N + n]!] as const;
    const first = kept[3 * N + n]!;
    return {
      seed,
      scored: goals[n & 1]!,
      conceded: goals[1 - (n & 1)]!,
      ticks: kept[2 * N + n]!,
      firstGoalTick: first === 0 ? null : first,
    };
  });
}

/** Ticks after which both policies decide in the same tick again. */
function periodOf(policies: readonly Policy[]): number {
  return policies
    .map((policy) => policy.ticksPerAction ?? 1)
    .reduce((period, every) => (period * every) / greatestCommonDivisor(period, every));
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/** `first` 0: blue in even worlds. */
async function attachSides(
  environment: VectorEnvironment,
  sides: readonly { readonly policy: Policy; readonly first: number }[],
) {
  const { worldCount, agentCount: R } = environment;
  const team = R / 2;
  const dispatches: { dispatches: readonly Dispatch[]; every: number }[] = [];
  const attached: Disposable[] = [];
  for (const { policy, first } of sides) {
    const agents = Uint32Array.from({ length: worldCount * team }, (_, i) => {
      const world = Math.floor(i / team);
      return world * R + ((world + first) % 2) * team + (i % team);
    });
    const one = await policy.attach(environment, agents);
    attached.push(one);
    dispatches.push({ dispatches: one.dispatches, every: policy.ticksPerAction ?? 1 });
  }
  return {
    dispatches,
    [Symbol.dispose]() {
      for (const one of attached) one[Symbol.dispose]();
    },
  };
}

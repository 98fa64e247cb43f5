import { openWasm } from '@dreampitch/compute';
import type { WasmCompute } from '@dreampitch/compute';
import { expect, test } from 'vitest';
import { stateFields } from '../environment/state-fields.ts';
import { VectorEnvironment } from '../environment/vector-environment.ts';
import { MATCH_RULES } from '../soccer/rules.ts';
import { type RobotsPerTeam, soccer } from '../soccer/soccer.ts';
import type { Policy } from './policy.ts';
import { easyPolicy, idlePolicy, normalPolicy, randomPolicy, scriptedPolicy } from './policies.ts';
import { watchPlay } from './watch-play.ts';

const WORLDS = 32;
const RULES = { ...MATCH_RULES, ticksMax: 0, kickOffTicks: 0, celebrationTicks: 0 };

type Game = {
  readonly robotsPerTeam: RobotsPerTeam;
  readonly blue: Policy;
  readonly orange: Policy;
  readonly seconds: number;
  readonly seed: number;
};
/** Axis N worlds. */
type Outcome = {
  readonly blueGoals: number[];
  readonly orangeGoals: number[];
  /** Seconds until blue's first goal; infinite where there was none. */
  readonly firstGoalSeconds: number[];
  /** Balls that had to be freed. */
  readonly freeBalls: number;
};

async function play(compute: WasmCompute, game: Game): Promise<Outcome> {
  const environment = soccer(game.robotsPerTeam);
  using worlds = await VectorEnvironment.create(compute, environment, {
    worldCount: WORLDS,
    rules: RULES,
  });
  const R = environment.agentCount;
  const team = (first: number) =>
    Uint32Array.from({ length: (WORLDS * R) / 2 }, (_, i) => {
      const inTeam = R / 2;
      return Math.floor(i / inTeam) * R + first + (i % inTeam);
    });
  using blue = await game.blue.attach(worlds, team(0));
  using orange = await game.orange.attach(worlds, team(R / 2));
  worlds.reset(game.seed);
  const { bytes, wordOf } = stateFields(environment);
  const words = () => new Uint32Array(compute.readSync(worlds.buffers.worlds).buffer);
  const every = <T>(of: (state: Uint32Array) => T) => {
    const all = words();
    return Array.from({ length: WORLDS }, (_, n) =>
      of(all.subarray((n * bytes) / 4, ((n + 1) * bytes) / 4)),
    );
  };
  const firstGoalSeconds = Array<number>(WORLDS).fill(Number.POSITIVE_INFINITY);
  let freeBalls = 0;
  const due = (tick: number) => [
    ...(tick % (game.blue.ticksPerAction ?? 1) === 0 ? blue.dispatches : []),
    ...(tick % (game.orange.ticksPerAction ?? 1) === 0 ? orange.dispatches : []),
  ];
  for (let tick = 0; tick < 60 * game.seconds; tick++) {
    compute.submit(due(tick));
    worlds.step();
    every((state) => state[wordOf('scoreBlue')]!).forEach((score, n) => {
      if (score > 0) firstGoalSeconds[n] = Math.min(firstGoalSeconds[n]!, (tick + 1) / 60);
    });
    freeBalls += every((state) => (state[wordOf('events')]! >> 3) & 1).reduce((a, b) => a + b, 0);
  }
  return {
    blueGoals: every((state) => state[wordOf('scoreBlue')]!),
    orangeGoals: every((state) => state[wordOf('scoreOrange')]!),
    firstGoalSeconds,
    freeBalls,
  };
}

const medianOf = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[values.length >> 1]!;
/** Of blue, 0 .. 1: a draw is half a point. */
const pointsOf = ({ blueGoals, orangeGoals }: Pick<Outcome, 'blueGoals' | 'orangeGoals'>) =>
  sum(blueGoals.map((goals, n) => (Math.sign(goals - orangeGoals[n]!) + 1) / 2)) / WORLDS;
const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

test.each([1, 2, 3] as const)(
  '%i a side: the scripted player scores on an idle opponent soon, and never on itself',
  async (robotsPerTeam) => {
    using compute = await openWasm({ threadCount: 1 });
    const outcome = await play(compute, {
      robotsPerTeam,
      blue: scriptedPolicy,
      orange: idlePolicy,
      seconds: 30,
      seed: 21,
    });
    expect(medianOf(outcome.firstGoalSeconds)).toBeLessThan(12);
    expect(sum(outcome.orangeGoals)).toBeLessThan(0.05 * sum(outcome.blueGoals));
  },
);

test.each([1, 3] as const)('%i a side: the scripted player beats random ones', async (robots) => {
  using compute = await openWasm({ threadCount: 1 });
  const { blueGoals, orangeGoals } = await play(compute, {
    robotsPerTeam: robots,
    blue: scriptedPolicy,
    orange: randomPolicy(5),
    seconds: 60,
    seed: 22,
  });
  expect(pointsOf({ blueGoals, orangeGoals })).toBeGreaterThan(0.95);
});

test.each([1, 2, 3] as const)(
  '%i a side: the full level beats the normal one, that the easy one, and that random ones',
  async (robotsPerTeam) => {
    using compute = await openWasm({ threadCount: 1 });
    const levels = [scriptedPolicy, normalPolicy, easyPolicy, randomPolicy(6)];
    for (const [i, blue] of levels.slice(0, -1).entries()) {
      const orange = levels[i + 1]!;
      const game = { robotsPerTeam, blue, orange, seconds: 180, seed: 24 };
      expect(pointsOf(await play(compute, game)), `${blue.name} : ${orange.name}`).toBeGreaterThan(
        0.75,
      );
    }
  },
);

test.each([1, 2, 3] as const)(
  '%i a side: scripted players keep the ball rolling, score, and defend',
  async (robotsPerTeam) => {
    using compute = await openWasm({ threadCount: 1 });
    const game = {
      robotsPerTeam,
      blue: scriptedPolicy,
      orange: scriptedPolicy,
      seconds: 60,
      seed: 23,
    };
    const { blueGoals, orangeGoals, freeBalls } = await play(compute, game);
    const goalsPerMinute = (sum(blueGoals) + sum(orangeGoals)) / WORLDS;
    expect(goalsPerMinute).toBeGreaterThan(1);
    // Against nobody, one team alone makes about ten a minute.
    expect(goalsPerMinute).toBeLessThan(robotsPerTeam === 1 ? 12 : 8);
    // Neither side is favoured.
    expect(Math.abs(sum(blueGoals) - sum(orangeGoals))).toBeLessThan(0.4 * WORLDS * goalsPerMinute);
    // Stuck balls are rare: less than one in a game of three minutes.
    expect((3 * freeBalls) / WORLDS).toBeLessThan(1);
  },
);

test.each([
  { robotsPerTeam: 1, passes: 0 },
  { robotsPerTeam: 2, passes: 0.6 },
  { robotsPerTeam: 3, passes: 2 },
] as const)(
  '$robotsPerTeam a side: scripted players pass, get nowhere stuck, and do not beat themselves',
  async ({ robotsPerTeam, passes }) => {
    using compute = await openWasm({ threadCount: 1 });
    const counts = await watchPlay(compute, {
      robotsPerTeam,
      blue: scriptedPolicy,
      orange: scriptedPolicy,
      seconds: 120,
      seed: 31,
      worldCount: 48,
    });
    expect(counts.goals / counts.minutes).toBeGreaterThan(2);
    expect(counts.goals / counts.minutes).toBeLessThan(9);
    expect(counts.passes / counts.minutes).toBeGreaterThanOrEqual(passes);
    expect(counts.unforcedOwnGoals).toBeLessThan(0.03 * counts.goals);
    expect(counts.stuckSecondsMax).toBeLessThan(2);
  },
);

test('the random player is the same for the same seed, and another for another', async () => {
  using compute = await openWasm({ threadCount: 1 });
  const actions = async (seed: number) => {
    using worlds = await VectorEnvironment.create(compute, soccer(1), { worldCount: 4 });
    using random = await randomPolicy(seed).attach(worlds, Uint32Array.of(1, 2, 7));
    worlds.reset(0);
    compute.submit(random.dispatches, { times: 20 });
    return [...new Int32Array(compute.readSync(worlds.buffers.actions).buffer)];
  };
  expect(await actions(1)).toEqual(await actions(1));
  expect(await actions(1)).not.toEqual(await actions(2));
  const untouched = [0, 1, 6, 7, 8, 9, 10, 11, 12, 13];
  const values = await actions(1);
  expect(untouched.every((at) => values[at] === 0)).toBe(true);
  expect(values.every((value) => Math.abs(value) <= 127)).toBe(true);
});

import { openWasm } from '@dreampitch/compute';
import { expect, test } from 'vitest';
import { stateFields } from '../environment/state-fields.ts';
import { VectorEnvironment } from '../environment/vector-environment.ts';
import { pcgHash } from '../environment/seeds.ts';
import type { MatchState } from '../match/state.ts';
import { TRAINING_RULES } from './rules.ts';
import { type RobotsPerTeam, soccer } from './soccer.ts';
import { StagedWorld } from './staged-world.ts';

const BALL_RADIUS = 0.0215;
const ROBOT_HALF = 0.0375;
const HALF_LENGTH = 0.75;
const HALF_WIDTH = 0.65;
const GOAL_DEPTH = 0.1;

type Numbers = (world: number, name: string) => number;

/** Many worlds under commands that change at random, extreme ones more often than others. */
async function shaken(
  options: { robotsPerTeam: RobotsPerTeam; worldCount: number; steps: number; seed: number },
  look: (numbers: Numbers, step: number) => void,
): Promise<void> {
  const { robotsPerTeam, worldCount, steps, seed } = options;
  const environment = soccer(robotsPerTeam);
  using compute = await openWasm({ threadCount: 1 });
  using worlds = await VectorEnvironment.create(compute, environment, {
    worldCount,
    rules: { ...TRAINING_RULES, randomStartPercent: 100 },
  });
  const fields = stateFields(environment);
  worlds.reset(seed);
  const actions = new Int32Array(worldCount * environment.agentCount * 2);
  for (let step = 0; step < steps; step++) {
    actions.forEach((_, i) => {
      const bits = pcgHash(pcgHash(seed + step) + i);
      if (bits % 10 === 0) actions[i] = [-127, 127, 0, (bits >>> 8) - 2 ** 23][(bits >>> 4) % 4]!;
    });
    compute.write(worlds.buffers.actions, actions);
    worlds.step();
    const floats = new Float32Array(compute.readSync(worlds.buffers.worlds).buffer);
    look((world, name) => floats[world * (fields.bytes / 4) + fields.wordOf(name)]!, step);
  }
}

test.each([1, 2, 3] as const)(
  '%i a side, shaken: everything stays a number, on the pitch and at possible speeds',
  async (robotsPerTeam) => {
    const shape = { robotsPerTeam, worldCount: 16, steps: 900, seed: 11 };
    let deepest = 0;
    await shaken(shape, (numbers) => {
      for (let n = 0; n < shape.worldCount; n++) {
        const x = Math.abs(numbers(n, 'ball.x'));
        const y = Math.abs(numbers(n, 'ball.y'));
        // A hair over a wall is possible between two robots and it.
        expect(x).toBeLessThan(HALF_LENGTH + GOAL_DEPTH - BALL_RADIUS + 0.01);
        expect(y).toBeLessThan(HALF_WIDTH - BALL_RADIUS + 0.01);
        const speed = Math.hypot(numbers(n, 'ballVelocity.x'), numbers(n, 'ballVelocity.y'));
        expect(speed).toBeLessThan(4);
        for (let r = 0; r < 2 * robotsPerTeam; r++) {
          const at = `robots[${r}]`;
          expect(Math.abs(numbers(n, `${at}.position.x`))).toBeLessThan(
            HALF_LENGTH + GOAL_DEPTH - ROBOT_HALF + 0.01,
          );
          expect(Math.abs(numbers(n, `${at}.position.y`))).toBeLessThan(
            HALF_WIDTH - ROBOT_HALF + 0.01,
          );
          const heading = Math.hypot(numbers(n, `${at}.heading.x`), numbers(n, `${at}.heading.y`));
          expect(heading).toBeCloseTo(1, 4);
          expect(Math.abs(numbers(n, `${at}.turnRate`))).toBeLessThan(80);
          for (let q = 0; q < r; q++) {
            const apart = Math.hypot(
              numbers(n, `${at}.position.x`) - numbers(n, `robots[${q}].position.x`),
              numbers(n, `${at}.position.y`) - numbers(n, `robots[${q}].position.y`),
            );
            deepest = Math.max(deepest, 2 * ROBOT_HALF - apart);
          }
        }
      }
    });
    // Centres of two squares that do not overlap are at least a side apart.
    expect(deepest).toBeLessThan(0.01);
  },
);

test('a ball at any speed that play can reach stays within walls, posts and corners', async () => {
  using staged = await StagedWorld.create({ rules: { stallTicks: 0 } });
  for (let shot = 0; shot < 120; shot++) {
    const angle = pcgHash(shot) * 2 ** -32 * 2 * Math.PI;
    staged.clear();
    staged.set({
      phase: 1,
      'ball.x': 0.3,
      'ball.y': 0.1,
      'ballVelocity.x': 5 * Math.cos(angle),
      'ballVelocity.y': 5 * Math.sin(angle),
    });
    for (let tick = 0; tick < 40; tick++) {
      staged.step();
      const { x, y } = staged.state.ball;
      expect(Math.abs(x), `shot ${shot}`).toBeLessThan(HALF_LENGTH + GOAL_DEPTH);
      expect(Math.abs(y), `shot ${shot}`).toBeLessThan(HALF_WIDTH);
      if (Math.abs(x) > HALF_LENGTH + BALL_RADIUS) break; // in a goal
    }
  }
});

/** Kinetic energy of ball and robots, in joules. */
function energyOf(staged: StagedWorld): number {
  const { ball, robots } = staged.state;
  const inertia = (0.15 * 2 * ROBOT_HALF ** 2) / 3;
  const ofBall = 0.5 * 0.046 * (ball.velocityX ** 2 + ball.velocityY ** 2);
  return robots.reduce(
    (sum, robot) =>
      sum +
      0.5 * 0.15 * (robot.velocityX ** 2 + robot.velocityY ** 2) +
      0.5 * inertia * robot.turnRate ** 2,
    ofBall,
  );
}

test('without commands, energy only falls, through all kinds of collisions', async () => {
  using staged = await StagedWorld.create({ robotsPerTeam: 3, rules: { stallTicks: 0 } });
  for (let trial = 0; trial < 60; trial++) {
    staged.set({ phase: 1 });
    for (let r = 0; r < 6; r++) {
      const bits = pcgHash(100 * trial + r);
      staged.place(r, {
        x: -0.25 + 0.1 * r,
        y: ((bits >>> 8) % 100) * 0.002 - 0.1,
        angle: bits % 7,
        speed: r % 2 === 0 ? 2.5 : -2.5,
      });
    }
    staged.set({ 'ball.x': 0, 'ball.y': 0.25, 'ballVelocity.x': 0.2, 'ballVelocity.y': -2 });
    let energy = energyOf(staged);
    for (let tick = 0; tick < 40; tick++) {
      staged.step();
      const now = energyOf(staged);
      expect(now, `trial ${trial}, tick ${tick}`).toBeLessThan(energy * 1.001 + 1e-6);
      energy = now;
    }
  }
});

test('a robot reaches its full speed within 0.3 s and stops as quickly', async () => {
  using staged = await StagedWorld.create({});
  staged.clear();
  staged.place(0, { x: -0.5, y: -0.5, angle: 0 });
  staged.step(18, [127, 127]);
  expect(staged.state.robots[0]!.velocityX).toBeCloseTo(1.5, 2);
  staged.step(18);
  expect(staged.state.robots[0]!.velocityX).toBeCloseTo(0, 2);
});

/** Plays a scene as it is, or turned by half a turn with the teams swapped. */
function played(staged: StagedWorld, side: 1 | -1): MatchState {
  const turned = side === 1 ? 0 : Math.PI;
  const [own, other] = side === 1 ? [0, 1] : [1, 0];
  staged.place(own, { x: -0.2 * side, y: 0.01 * side, angle: turned });
  staged.place(other, { x: 0.3 * side, y: -0.1 * side, angle: 1 + turned });
  staged.set({ 'ball.x': 0.05 * side, 'ball.y': 0, 'ballVelocity.x': 0, 'ballVelocity.y': 0 });
  staged.step(60, side === 1 ? [120, 110, -20, 90] : [-20, 90, 120, 110]);
  return staged.state;
}

test('the world is the same seen from the other team: rotated by half a turn, it moves so', async () => {
  using blue = await StagedWorld.create({});
  using orange = await StagedWorld.create({});
  const a = played(blue, 1);
  const b = played(orange, -1);
  expect(b.ball.x).toBeCloseTo(-a.ball.x, 3);
  expect(b.ball.y).toBeCloseTo(-a.ball.y, 3);
  expect(b.robots[1]!.x).toBeCloseTo(-a.robots[0]!.x, 3);
});

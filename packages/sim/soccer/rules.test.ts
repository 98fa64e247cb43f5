import { expect, test } from 'vitest';
import { TERMINATED, TRUNCATED } from '../environment/environment.ts';
import { MATCH_RULES } from './rules.ts';
import { StagedWorld } from './staged-world.ts';

/** The ball rolls into orange's goal in the next tick or two. */
const SHOT = { 'ball.x': 0.755, 'ball.y': 0.05, 'ballVelocity.x': 1.2, 'ballVelocity.y': 0 };
const OWN_SHOT = { 'ball.x': -0.755, 'ball.y': 0.05, 'ballVelocity.x': -1.2, 'ballVelocity.y': 0 };

test('nothing moves before a kick-off, then play begins', async () => {
  using staged = await StagedWorld.create({ rules: { kickOffTicks: 30 } });
  const before = staged.state;
  staged.step(29, [127, 127, 127, 127]);
  expect(staged.state).toMatchObject({ phase: 'kick-off', phaseTicks: 1, tick: 29, clockTicks: 0 });
  staged.state.robots.forEach(({ x, y, angle }, r) => {
    const { x: oldX, y: oldY, angle: oldAngle } = before.robots[r]!;
    expect([x, y]).toEqual([oldX, oldY]);
    expect(angle).toBeCloseTo(oldAngle, 6);
  });
  staged.step();
  expect(staged.state).toMatchObject({ phase: 'play', events: [{ type: 'kick-off' }] });
});

test('a goal counts once, is celebrated, and the other team has the kick-off', async () => {
  using staged = await StagedWorld.create({
    rules: { celebrationTicks: 10, kickOffTicks: 5 },
  });
  staged.step(5);
  staged.clear();
  staged.set({ ...SHOT, lastTouch: 0 });
  staged.step(2);
  expect(staged.state).toMatchObject({ phase: 'celebration', score: [1, 0] });
  staged.step(8);
  expect(staged.state).toMatchObject({ phase: 'celebration', score: [1, 0] });
  staged.step(2);
  expect(staged.state).toMatchObject({ phase: 'kick-off', score: [1, 0] });
  expect(staged.state.ball).toMatchObject({ x: 0, y: 0 });
  expect(staged.value('kickOffTeam')).toBe(1);
  // The team that kicks off stands nearer.
  const [blue, orange] = staged.state.robots;
  expect(Math.abs(orange!.x)).toBeLessThan(Math.abs(blue!.x));
});

test('the goal is told with its team and who touched the ball last', async () => {
  using staged = await StagedWorld.create({ robotsPerTeam: 2 });
  staged.clear();
  staged.set({ ...OWN_SHOT, 'ball.x': -0.765, lastTouch: 1 });
  staged.step();
  expect(staged.state.events).toContainEqual({ type: 'goal', team: 1, robot: 1 });
  expect(staged.state.score).toEqual([0, 1]);
});

test('a ball that rolls in untouched was scored by nobody, whoever scored before', async () => {
  using staged = await StagedWorld.create({ rules: { celebrationTicks: 0 } });
  staged.clear();
  staged.set({ ...SHOT, 'ball.x': 0.765, lastTouch: 0 });
  staged.step();
  expect(staged.state.events).toContainEqual({ type: 'goal', team: 0, robot: 0 });
  staged.clear();
  staged.set({ ...SHOT, 'ball.x': 0.765 });
  staged.step();
  expect(staged.state.events).toContainEqual({ type: 'goal', team: 0, robot: null });
});

test('the last goal terminates the episode, and the world stays as it was', async () => {
  using staged = await StagedWorld.create({ rules: { goalsMax: 1 } });
  staged.clear();
  staged.set({ ...SHOT, 'ball.x': 0.765 });
  staged.step();
  expect(staged.state).toMatchObject({ phase: 'over', score: [1, 0] });
  expect(staged.state.events).toContainEqual({ type: 'over' });
  expect(staged.world.end).toBe(TERMINATED);
});

test('the clock truncates the episode; kick-offs and celebrations do not count', async () => {
  using staged = await StagedWorld.create({ rules: { ticksMax: 20, kickOffTicks: 15 } });
  staged.step(15 + 19);
  expect(staged.state).toMatchObject({ phase: 'play', clockTicks: 19, tick: 34 });
  staged.step();
  expect(staged.state.phase).toBe('over');
  expect(staged.world.end).toBe(TRUNCATED);
});

test('a ball that stays where it is comes to a free-ball mark', async () => {
  using staged = await StagedWorld.create({ rules: { stallTicks: 40 } });
  staged.clear();
  staged.set({ 'ball.x': 0.6, 'ball.y': -0.6, 'stallPosition.x': 0.6, 'stallPosition.y': -0.6 });
  staged.step(39);
  expect(staged.state.ball.y).toBeLessThan(-0.5);
  staged.step(2);
  const { ball } = staged.state;
  expect(Math.hypot(ball.x - 0.375, ball.y + 0.4)).toBeLessThan(0.05);
});

test('a game has its pauses in whole seconds', () => {
  expect(MATCH_RULES.ticksMax % 60).toBe(0);
});

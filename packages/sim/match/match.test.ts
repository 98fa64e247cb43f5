import { openWasm } from '@dreampitch/compute';
import { expect, test } from 'vitest';
import { idlePolicy, randomPolicy, scriptedPolicy } from '../policy/policies.ts';
import { decodeEpisode, encodeEpisode } from '../episode/codec.ts';
import type { Episode } from '../episode/episode.ts';
import { Replay } from '../episode/replay.ts';
import { transitions } from '../episode/transitions.ts';
import { Match, type MatchOptions } from './match.ts';

/** A person who steers by tick, against a bot. */
const DUEL: MatchOptions = {
  robotsPerTeam: 1,
  rules: { ticksMax: 500, kickOffTicks: 20, celebrationTicks: 30 },
  seed: 77,
  controllers: ['human', scriptedPolicy],
  startedAt: 1_795_000_000_000,
};

async function played(options: MatchOptions, ticks: number): Promise<Episode> {
  using compute = await openWasm({ threadCount: 1 });
  using match = await Match.create(compute, options);
  for (let tick = 0; tick < ticks; tick++) {
    match.command(0, 127 * Math.sin(tick / 20), 200 * Math.cos(tick / 31));
    match.step();
  }
  return match.finish();
}

test('a match goes from kick-off to the end, and then stays', async () => {
  using compute = await openWasm({ threadCount: 1 });
  using match = await Match.create(compute, DUEL);
  expect(match.state).toMatchObject({ tick: 0, phase: 'kick-off', score: [0, 0] });
  while (match.state.phase !== 'over') {
    match.step();
    expect(match.state.tick).toBe(match.previous.tick + 1);
  }
  expect(match.state.clockTicks).toBe(500);
  expect(match.state.events).toContainEqual({ type: 'over' });
  const { state } = match;
  match.step();
  expect(match.state).toBe(state);
  expect(match.finish().tickCount).toBe(state.tick);
});

test('a command is kept until the next, cut to 8 bits', async () => {
  using compute = await openWasm({ threadCount: 1 });
  using match = await Match.create(compute, { ...DUEL, controllers: ['human', 'human'] });
  match.command(0, 12.4, 1000);
  match.command(1, Number.NaN, -1000);
  match.step();
  match.step();
  expect([...match.inputs]).toEqual([12, 127, 0, -127]);
});

test('the same match twice is the same episode, to the byte', async () => {
  const twice = [await played(DUEL, 300), await played(DUEL, 300)].map(encodeEpisode);
  expect(twice[0]).toEqual(twice[1]);
});

test('policies are told apart: each drives its own robots, at its own rate', async () => {
  using compute = await openWasm({ threadCount: 1 });
  using match = await Match.create(compute, {
    ...DUEL,
    robotsPerTeam: 2,
    controllers: ['human', idlePolicy, randomPolicy(3), scriptedPolicy],
  });
  match.command(0, 50, -50);
  const seen: number[][] = [];
  for (let tick = 0; tick < 120; tick++) {
    match.step();
    seen.push([...match.inputs]);
  }
  expect(seen.every((inputs) => inputs[0] === 50 && inputs[1] === -50)).toBe(true);
  expect(seen.every((inputs) => inputs[2] === 0 && inputs[3] === 0)).toBe(true);
  const changesOf = (wheel: number) =>
    seen.flatMap((inputs, t) => (t > 0 && inputs[wheel] !== seen[t - 1]![wheel] ? [t] : []));
  expect(changesOf(4).length).toBeGreaterThan(2);
  expect(changesOf(6).length).toBeGreaterThan(5);
  for (const tick of [...changesOf(4), ...changesOf(6)]) expect(tick % 4).toBe(0);
  expect(match.finish().controllers).toEqual(['human', 'idle', 'random', 'scripted']);
});

test('a wrong number of controllers is refused', async () => {
  using compute = await openWasm({ threadCount: 1 });
  await expect(Match.create(compute, { ...DUEL, robotsPerTeam: 3 })).rejects.toThrow(
    'want one for each of 6 robots, got 2',
  );
});

test('what a match holds is given back', async () => {
  using compute = await openWasm({ threadCount: 1 });
  const match = await Match.create(compute, DUEL);
  match[Symbol.dispose]();
  expect(compute.arena.bufferCount).toBe(0);
});

test('an episode has a key state every second and at its end, and a small file', async () => {
  const episode = await played(DUEL, 290);
  expect(episode.keyStates.map(({ tick }) => tick)).toEqual([0, 60, 120, 180, 240, 290]);
  expect(episode.inputs.length).toBe(290 * 4);
  const decoded = decodeEpisode(encodeEpisode(episode));
  expect(decoded).toEqual({ ok: true, episode });
});

/** Five minutes with everybody at a game pad: both wheels of all change in nearly every tick. */
async function fiveMinutes(robotsPerTeam: 1 | 3): Promise<Episode> {
  using compute = await openWasm({ threadCount: 1 });
  using match = await Match.create(compute, {
    robotsPerTeam,
    seed: 8,
    controllers: Array.from({ length: 2 * robotsPerTeam }, () => 'human' as const),
    startedAt: 0,
    rules: { ticksMax: 0 },
  });
  for (let tick = 0; tick < 5 * 60 * 60; tick++) {
    for (let robot = 0; robot < 2 * robotsPerTeam; robot++) {
      const [left, right] = [50 + 3 * robot, 61 - 5 * robot];
      match.command(robot, 127 * Math.sin(tick / left), 127 * Math.cos(tick / right));
    }
    match.step();
  }
  return match.finish();
}

test.each([
  [1, 60_000],
  [3, 200_000],
] as const)(
  'five minutes with %i a side, all steered by hand: a small file, and any tick within 50 ms',
  async (robotsPerTeam, bytesMax) => {
    const episode = await fiveMinutes(robotsPerTeam);
    const bytes = encodeEpisode(episode);
    expect(bytes.length).toBeLessThan(bytesMax);
    expect(decodeEpisode(bytes)).toEqual({ ok: true, episode });
    using compute = await openWasm({ threadCount: 1 });
    using replay = await Replay.create(compute, episode);
    replay.seek(1000); // once warm
    // Of the machine's own time, which others on it do not lengthen.
    const milliseconds = Array.from({ length: 40 }, (_, i) => {
      const before = process.cpuUsage();
      replay.seek((i * 7919) % episode.tickCount);
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 1000;
    });
    expect(Math.max(...milliseconds)).toBeLessThan(50);
  },
);

test('a replay shows what was played, wherever one goes', async () => {
  using compute = await openWasm({ threadCount: 1 });
  using match = await Match.create(compute, DUEL);
  const states = [match.state];
  for (let tick = 0; tick < 290; tick++) {
    match.command(0, 127, 90);
    match.step();
    states.push(match.state);
  }
  using replay = await Replay.create(compute, match.finish());
  expect(replay.exact).toBe(true);
  for (const tick of [0, 1, 290, 59, 60, 61, 3, 289, 288, 290, 120, 0]) {
    replay.seek(tick);
    expect(replay.state).toEqual(states[tick]);
    expect(replay.previous).toEqual(states[Math.max(tick - 1, 0)]);
  }
  replay.seek(1e9);
  expect(replay.state.tick).toBe(290);
  replay.seek(-5);
  expect(replay.state.tick).toBe(0);
});

test('verifying finds nothing wrong in what was played, and stays where it was', async () => {
  using compute = await openWasm({ threadCount: 1 });
  using replay = await Replay.create(compute, await played(DUEL, 250));
  replay.seek(130);
  expect(replay.verify()).toEqual({ ok: true, keyStateCount: 6 });
  expect(replay.state.tick).toBe(130);
});

test('a changed input or state is found, with tick and field', async () => {
  const episode = await played(DUEL, 250);
  const inputs = episode.inputs.slice();
  inputs[4 * 40] = inputs[4 * 40]! > 0 ? -100 : 100; // in play, before any goal
  using compute = await openWasm({ threadCount: 1 });
  using steered = await Replay.create(compute, { ...episode, inputs });
  expect(steered.verify()).toMatchObject({ ok: false, reason: 'mismatch', tick: 60 });
  const keyStates = episode.keyStates.map(({ tick, world }) => ({ tick, world: world.slice() }));
  new Float32Array(keyStates[2]!.world.buffer)[1] = 0.125;
  using moved = await Replay.create(compute, { ...episode, keyStates });
  expect(moved.verify()).toMatchObject({
    ok: false,
    reason: 'mismatch',
    tick: 120,
    field: 'ball.y',
    recorded: 0.125,
  });
});

test('an episode of another version is shown by its key states, and not taken for exact', async () => {
  using compute = await openWasm({ threadCount: 1 });
  const episode = { ...(await played(DUEL, 250)), version: 'f'.repeat(64) };
  using replay = await Replay.create(compute, episode);
  expect(replay.exact).toBe(false);
  replay.seek(150);
  expect(replay.state.tick).toBe(120);
  expect(replay.verify()).toMatchObject({ ok: false, reason: 'version' });
  await expect(transitions(compute, episode)).rejects.toThrow('cannot be stepped again');
  const keyStates = episode.keyStates.map(({ tick }) => ({ tick, world: new Uint8Array(8) }));
  await expect(Replay.create(compute, { ...episode, keyStates })).rejects.toThrow(
    'another version',
  );
  await expect(Replay.create(compute, { ...episode, environment: 'chess' })).rejects.toThrow(
    "'chess', which is not known here",
  );
  expect(compute.arena.bufferCount).toBeGreaterThan(0);
});

test('an episode that tells of other robots than its environment has is refused', async () => {
  using compute = await openWasm({ threadCount: 1 });
  const episode = { ...(await played(DUEL, 100)), environment: 'soccer-3v3' };
  const words = 'it tells of 2 robots, and soccer-3v3 has 6';
  await expect(Replay.create(compute, episode)).rejects.toThrow(words);
  await expect(transitions(compute, episode)).rejects.toThrow(words);
  const short = { ...(await played(DUEL, 100)), tickCount: 99 };
  await expect(transitions(compute, short)).rejects.toThrow('99 ticks of 2 robots want 396');
  const keyStates = [{ tick: 0, world: new Uint8Array(8) }];
  const cut = { ...(await played(DUEL, 100)), keyStates };
  await expect(transitions(compute, cut)).rejects.toThrow('its key states are none of soccer-1v1');
});

test('transitions of a game that was not played so are refused, with tick and field', async () => {
  using compute = await openWasm({ threadCount: 1 });
  const episode = await played(DUEL, 250);
  const inputs = episode.inputs.slice();
  inputs[4 * 100] = inputs[4 * 100]! > 0 ? -100 : 100;
  await expect(transitions(compute, { ...episode, inputs })).rejects.toThrow('at tick 120');
});

test('transitions are what was seen, done and got', async () => {
  using compute = await openWasm({ threadCount: 1 });
  const episode = await played({ ...DUEL, rules: { ...DUEL.rules, ticksMax: 200 } }, 400);
  const T = episode.tickCount;
  const derived = await transitions(compute, episode);
  expect(derived.shape).toEqual([T, 2, 24]);
  expect(derived.actions).toEqual(episode.inputs);
  expect(derived.ends.at(-1)).toBe(2);
  expect(derived.ends.slice(0, -1).every((end) => end === 0)).toBe(true);
  // What the observations say of place is what the replay shows.
  using replay = await Replay.create(compute, episode);
  for (const tick of [0, 1, 77, 150, T]) {
    replay.seek(tick);
    const { ball, robots } = replay.state;
    const seen = derived.observations.subarray(tick * 48, tick * 48 + 24);
    expect(seen[0]! * 0.75).toBeCloseTo(robots[0]!.x, 6);
    expect(seen[18]! * 0.75).toBeCloseTo(ball.x, 6);
    expect(seen[19]! * 0.65).toBeCloseTo(ball.y, 6);
  }
  const total = derived.rewards.reduce((sum, reward) => sum + Math.abs(reward), 0);
  expect(total).toBeGreaterThan(0);
});

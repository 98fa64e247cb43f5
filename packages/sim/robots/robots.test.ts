import { openWasm } from '@dreampitch/compute';
import { expect, test } from 'vitest';
import type { Environment } from '../environment/environment.ts';
import { make } from '../environment/single-environment.ts';
import { stateFields } from '../environment/state-fields.ts';
import { SingleWorld } from '../match/world.ts';
import { driveToTarget, reach } from './robots.ts';

/** Sets numbers of a world by name, steps it once, and reads numbers by name. */
async function stepped(
  environment: Environment,
  before: Readonly<Record<string, number>>,
  action: readonly number[],
): Promise<(name: string) => number> {
  using compute = await openWasm({ threadCount: 1 });
  using world = await SingleWorld.create(compute, environment, { rules: {}, seed: 1 });
  const { wordOf } = stateFields(environment);
  const state = world.read();
  for (const [name, value] of Object.entries(before)) {
    new Float32Array(state.buffer)[wordOf(`state.${name}`)] = value;
  }
  world.write(state);
  world.actions.set(action);
  world.step();
  const floats = new Float32Array(world.read().buffer);
  return (name) => floats[wordOf(`state.${name}`)]!;
}

// From the frames of the arm's URDF, multiplied out in double precision.
test.each([
  [
    [0, 0, 0, 0, 0],
    [0.39136147, -0.00000921, 0.22646971],
  ],
  [
    [0.3, -0.5, 0.7, -0.2, 1.1],
    [0.31709085, -0.0935506, 0.20337733],
  ],
  [
    [-1, 1, -1, 0.5, -2],
    [0.25805074, 0.35425309, 0.08574356],
  ],
])('the tip of the arm at %j is where its description says', async (angles, tip) => {
  const before = Object.fromEntries(angles.map((angle, j) => [`angles[${j}]`, angle]));
  const after = await stepped(reach, before, [0, 0, 0, 0, 0, 0]);
  expect(after('tip.x')).toBeCloseTo(tip[0]!, 4);
  expect(after('tip.y')).toBeCloseTo(tip[1]!, 4);
  expect(after('tip.z')).toBeCloseTo(tip[2]!, 4);
});

// The limits of so101_new_calib.urdf.
test.each([
  [0, -1.91986, 1.91986],
  [1, -1.74533, 1.74533],
  [2, -1.69, 1.69],
  [3, -1.65806, 1.65806],
  [4, -2.74385, 2.84121],
  [5, -0.174533, 1.74533],
])('joint %i stops at %d and %d', async (joint, low, high) => {
  for (const [limit, way] of [
    [low, -1],
    [high, 1],
  ] as const) {
    const before = {
      [`angles[${joint}]`]: limit - 0.04 * way,
      [`speeds[${joint}]`]: 1.9 * way,
    };
    const commands = [0, 0, 0, 0, 0, 0].map((_, j) => (j === joint ? 127 * way : 0));
    const after = await stepped(reach, before, commands);
    expect(after(`angles[${joint}]`)).toBeCloseTo(limit, 5);
    expect(after(`speeds[${joint}]`)).toBe(0);
  }
});

test('the range sensor sees walls and obstacles, to its noise', async () => {
  const far = Object.fromEntries(
    [0, 1, 2, 3].flatMap((i) => [
      [`obstacles[${i}].x`, -0.7],
      [`obstacles[${i}].y`, -0.6],
    ]),
  );
  const pose = { 'position.x': 0, 'position.y': 0, 'heading.x': 1, 'heading.y': 0 };
  const free = await stepped(driveToTarget, { ...far, ...pose }, [0, 0]);
  expect(Math.abs(free('ranges[2]') - 0.75)).toBeLessThan(0.011);
  expect(Math.abs(free('ranges[4]') - 0.65 / Math.sin(Math.PI / 3))).toBeLessThan(0.011);
  const blocked = await stepped(
    driveToTarget,
    { ...far, ...pose, 'obstacles[0].x': 0.4, 'obstacles[0].y': 0 },
    [0, 0],
  );
  expect(Math.abs(blocked('ranges[2]') - 0.34)).toBeLessThan(0.011);
});

const wheelOf = (wheel: number) => Math.round(Math.max(-127, Math.min(127, wheel)));

test('who steers for the target and a little around obstacles arrives often', async () => {
  using environment = await make(driveToTarget);
  let arrived = 0;
  for (let seed = 0; seed < 40; seed++) {
    let seen = environment.reset({ seed }).observation as Float32Array;
    for (let over = false; !over;) {
      // Towards the target, away from the side on which it is tight.
      const tight = Math.max(0, 0.3 - seen[3]!) - Math.max(0, 0.3 - seen[1]!);
      const ahead = Math.max(0, 0.3 - seen[2]!) * (seen[1]! > seen[3]! ? -1 : 1);
      const turn = 60 * (seen[6]! + (seen[5]! < 0 ? 1 : 0)) - 200 * tight + 250 * ahead;
      const result = environment.step([wheelOf(80 - turn), wheelOf(80 + turn)]);
      seen = result.observation as Float32Array;
      over = result.terminated || result.truncated;
      if (result.terminated && result.reward > 0.5) arrived++;
    }
  }
  expect(arrived).toBeGreaterThan(12);
});

/** Whether somebody's first match is a fair one: a stand-in for a person against the easy players. */
import { openWasm, type WasmCompute } from '@dreampitch/compute';
import { easyPolicy, Match, type MatchState, type RobotsPerTeam } from '@dreampitch/sim';
import { expect, test } from 'vitest';
import { pushAfter, steerByDirection } from '../../apps/game/controls/steering.ts';
import { wayToGoal } from '../browser/drive.ts';

const MATCHES = 24;
const DELAY_TICKS = 15; // a quarter of a second from the eye to the finger
const LOOK_TICKS = 6;
const EIGHTH = Math.PI / 4;

/** Eight directions, ten looks a second, all of them late. Points: 1, 0.5 or 0. */
async function pointsOfMatch(
  compute: WasmCompute,
  { robotsPerTeam, seed }: { robotsPerTeam: RobotsPerTeam; seed: number },
): Promise<number> {
  const bots = Array<typeof easyPolicy>(2 * robotsPerTeam - 1).fill(easyPolicy);
  using match = await Match.create(compute, {
    robotsPerTeam,
    seed,
    controllers: ['human', ...bots],
    startedAt: 0,
  });
  const seen: MatchState[] = [];
  let [directionX, directionY, push, faceReversed] = [0, 0, 0, false];
  for (let tick = 0; match.state.phase !== 'over'; tick++) {
    seen.push(match.state);
    const late = seen.length > DELAY_TICKS ? seen.shift()! : seen[0]!;
    if (tick % LOOK_TICKS === 0) {
      const [x, y] = wayToGoal(late);
      const angle = Math.round(Math.atan2(y, x) / EIGHTH) * EIGHTH;
      [directionX, directionY] = [Math.cos(angle), Math.sin(angle)];
    }
    push = pushAfter(push, 1, 1 / 60);
    const wheels = steerByDirection({
      directionX: directionX * push,
      directionY: directionY * push,
      heading: match.state.robots[0]!.angle,
      faceReversed,
    });
    faceReversed = wheels.faceReversed;
    match.command(0, wheels.left, wheels.right);
    match.step();
  }
  const [blue, orange] = match.state.score;
  return (Math.sign(blue - orange) + 1) / 2;
}

test.each([1, 2, 3] as const)(
  '%i a side: whoever sees all a quarter of a second late has a fair chance against easy bots',
  async (robotsPerTeam) => {
    using compute = await openWasm({ threadCount: 1 });
    let points = 0;
    for (let n = 0; n < MATCHES; n++) {
      points += await pointsOfMatch(compute, { robotsPerTeam, seed: 50 + n });
    }
    expect(points / MATCHES).toBeGreaterThan(0.3);
    expect(points / MATCHES).toBeLessThan(0.7);
  },
);

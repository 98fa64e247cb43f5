import { openWasm } from '@dreampitch/compute';
import { idlePolicy, Match } from '@dreampitch/sim';
import { expect, test } from 'vitest';
import type { Hand } from '../controls/hands.ts';
import { EMPTY_HAND } from '../controls/hands.ts';
import { Session } from './session.ts';

const tickSeconds = 1 / 60;
const right: Hand = { x: 1, y: 0, spin: false };

async function kickedOff(): Promise<Session> {
  const compute = await openWasm({ threadCount: 1, sharedMemory: false });
  const match = await Match.create(compute, {
    robotsPerTeam: 1,
    rules: { ticksMax: 600, kickOffTicks: 1 },
    seed: 3,
    controllers: ['human', idlePolicy],
    startedAt: 0,
  });
  const seats = [{ robot: 0, hand: 0 }] as const;
  return new Session({ match, seats, robotsPerTeam: 1, tickSeconds, ticksMax: 600 });
}

function play(session: Session, hand: Hand, seconds: number, yaw = 0): number {
  let ticks = 0;
  for (let t = 0; t < seconds; t += tickSeconds) {
    session.advance(tickSeconds, [hand, EMPTY_HAND], yaw, () => (ticks += 1));
  }
  return ticks;
}

test('a hand to the right drives to the right of the picture, whichever way it is turned', async () => {
  using wide = await kickedOff();
  const before = wide.state.robots[0]!;
  play(wide, right, 0.4);
  expect(wide.state.robots[0]!.x).toBeGreaterThan(before.x + 0.1);
  using upright = await kickedOff();
  play(upright, right, 0.5, -Math.PI / 2);
  expect(upright.state.robots[0]!.y).toBeLessThan(before.y - 0.1);
});

test('an empty hand stands still, a spinning one turns', async () => {
  using session = await kickedOff();
  const before = session.state.robots[0]!;
  play(session, EMPTY_HAND, 0.3);
  expect(session.state.robots[0]!.x).toBeCloseTo(before.x, 3);
  play(session, { ...EMPTY_HAND, spin: true }, 0.3);
  expect(Math.abs(session.state.robots[0]!.turnRate)).toBeGreaterThan(5);
});

test('the clock runs down in play and the match ends when it is out', async () => {
  using session = await kickedOff();
  expect(session.clockSeconds).toBe(10);
  play(session, EMPTY_HAND, 5);
  expect(session.clockSeconds).toBeGreaterThan(4.5);
  expect(session.clockSeconds).toBeLessThan(5.5);
  play(session, EMPTY_HAND, 6);
  expect(session.state.phase).toBe('over');
  expect(session.clockSeconds).toBe(0);
  expect(play(session, right, 0.2)).toBe(0);
});

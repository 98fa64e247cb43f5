import { expect, test } from 'vitest';
import { pushAfter, spin, steerByDirection, wrapRadians } from './steering.ts';

const still = { directionX: 0, directionY: 0, heading: 1, faceReversed: false };

test('an empty hand stands still', () => {
  expect(steerByDirection(still)).toMatchObject({ left: 0, right: 0 });
});

test('straight ahead is full speed on both wheels, and straight back too', () => {
  const ahead = { ...still, directionX: 1, heading: 0 };
  expect(steerByDirection(ahead)).toMatchObject({ left: 127, right: 127 });
  expect(steerByDirection({ ...ahead, directionX: -1 })).toEqual({
    left: -127,
    right: -127,
    faceReversed: true,
  });
});

test('the robot turns the short way, with either face', () => {
  const left = steerByDirection({ ...still, directionX: 1, directionY: 1, heading: 0 });
  expect(left.right).toBeGreaterThan(left.left);
  // Wanted direction 135 degrees from heading 0: the back face is nearer and must turn clockwise.
  const back = steerByDirection({ ...still, directionX: -1, directionY: 1, heading: 0 });
  expect(back.faceReversed).toBe(true);
  expect(back.left).toBeGreaterThan(back.right);
});

test('a direction at right angles does not flip the face to and fro', () => {
  let faceReversed = false;
  for (const wobble of [-0.05, 0.05, -0.05, 0.05]) {
    const heading = Math.PI / 2 + wobble;
    ({ faceReversed } = steerByDirection({ ...still, directionX: 1, heading, faceReversed }));
    expect(faceReversed).toBe(false);
  }
});

test.each([0, 0.7, 2, 3.1, -2.5])('from heading %f it comes to face the direction', (start) => {
  let heading = start;
  let faceReversed = false;
  for (let tick = 0; tick < 60; tick++) {
    const wheels = steerByDirection({ ...still, directionX: 1, heading, faceReversed });
    ({ faceReversed } = wheels);
    // 1.5 m/s wheels, 7.5 cm apart.
    heading += ((((wheels.right - wheels.left) / 127) * 1.5) / 0.075) * (1 / 60);
  }
  expect(Math.abs(wrapRadians(2 * heading)) / 2).toBeLessThan(0.05);
});

test('commands stay within eight bits', () => {
  const wheels = steerByDirection({ ...still, directionX: 1, directionY: 1, heading: 0 });
  expect(Math.max(Math.abs(wheels.left), Math.abs(wheels.right))).toBeLessThanOrEqual(127);
  expect(wheels.right).toBeGreaterThan(wheels.left);
});

test('a spin knocks the ball beside the robot forward', () => {
  // Ball to the left (+y) of a robot that attacks +x: its left side must move to +x, clockwise.
  expect(spin({ ballY: 0.05, attackX: 1 })).toEqual({ left: 127, right: -127 });
  expect(spin({ ballY: -0.05, attackX: 1 })).toEqual({ left: -127, right: 127 });
  expect(spin({ ballY: 0.05, attackX: -1 })).toEqual({ left: -127, right: 127 });
});

test('a tap nudges, a hold runs, letting go stops at once', () => {
  const tick = 1 / 60;
  let push = pushAfter(0, 1, tick);
  expect(push).toBeLessThan(0.6);
  for (let i = 0; i < 30; i++) push = pushAfter(push, 1, tick);
  expect(push).toBe(1);
  expect(pushAfter(push, 0, tick)).toBe(0);
  expect(pushAfter(push, 0.3, tick)).toBe(0.3);
});

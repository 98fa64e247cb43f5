import { expect, test } from 'vitest';
import { EMPTY_HAND, handOfPad, handOfStick, handsOfKeys, joinHands } from './hands.ts';

const keys = (...codes: string[]) => new Set(codes);

test('alone, letters and arrows are the same hand', () => {
  expect(handsOfKeys(keys('KeyD'), false)[0]).toEqual(handsOfKeys(keys('ArrowRight'), false)[0]);
});

test('with a friend, letters and arrows are two hands', () => {
  const [one, two] = handsOfKeys(keys('KeyW', 'ArrowLeft', 'Enter'), true);
  expect(one).toEqual({ x: 0, y: 1, spin: false });
  expect(two).toEqual({ x: -1, y: 0, spin: true });
});

test('a diagonal is no faster than a straight line', () => {
  const [hand] = handsOfKeys(keys('ArrowUp', 'ArrowRight'), false);
  expect(Math.hypot(hand.x, hand.y)).toBeCloseTo(1);
});

test('opposite keys cancel', () => {
  expect(handsOfKeys(keys('ArrowLeft', 'ArrowRight'), false)[0]).toEqual(EMPTY_HAND);
});

test('a resting stick asks for nothing, a full one for everything', () => {
  expect(handOfStick(0.1, -0.1, false)).toEqual(EMPTY_HAND);
  expect(handOfStick(0, 1, false).y).toBeCloseTo(1);
  expect(Math.hypot(handOfStick(1, 1, false).x, handOfStick(1, 1, false).y)).toBeCloseTo(1);
});

const button = (pressed: boolean) => ({ pressed, touched: pressed, value: Number(pressed) });

test('a game pad: stick up is up, the cross wins over the stick, face buttons spin', () => {
  const buttons = Array.from({ length: 17 }, () => button(false));
  const pad = { axes: [0, -1], buttons, mapping: 'standard' as const };
  expect(handOfPad(pad).y).toBeCloseTo(1);
  const crossed = buttons.with(14, button(true)).with(0, button(true));
  expect(handOfPad({ ...pad, buttons: crossed })).toEqual({ x: -1, y: 0, spin: true });
});

test('of two asks the stronger counts', () => {
  const hand = joinHands({ x: 0.2, y: 0, spin: true }, { x: 0, y: -0.9, spin: false });
  expect(hand).toEqual({ x: 0, y: -0.9, spin: true });
});

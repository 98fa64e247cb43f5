import { openWasm } from '@dreampitch/compute';
import { expect, test } from 'vitest';
import { cartPole, pendulum } from '../classic/classic.ts';
import { soccer } from '../soccer/soccer.ts';
import { checkEnvironment } from './check.ts';
import type { Environment } from './environment.ts';
import { randomised } from './randomise.ts';
import { VectorEnvironment } from './vector-environment.ts';

const N = 64;

/** Observations after some steps of one and the same action, from one and the same start. */
async function seenAfter(
  environment: Environment,
  seeds: Uint32Array,
  steps = 5,
): Promise<number[]> {
  using compute = await openWasm({ threadCount: 1 });
  using worlds = await VectorEnvironment.create(compute, environment, { worldCount: seeds.length });
  worlds.reset(seeds);
  compute.submit(worlds.stepDispatches, { times: steps });
  return [...new Float32Array(compute.readSync(worlds.buffers.observations).buffer)];
}

test('a range of one value is that value', async () => {
  const seeds = Uint32Array.from({ length: N }, (_, n) => n + 1);
  const narrow = randomised(pendulum, { GRAVITY: [10, 10], MASS: [1, 1] });
  const [a, b] = [await seenAfter(narrow, seeds), await seenAfter(pendulum, seeds)];
  a.forEach((value, i) => expect(value).toBeCloseTo(b[i]!, 5));
});

test('worlds differ by their seeds, and equal seeds are equal worlds', async () => {
  const drawn = randomised(cartPole, { POLE_MASS: [0.05, 0.2], FORCE: [8, 12] });
  const seeds = Uint32Array.from({ length: N }, (_, n) => 1 + (n % 32));
  const seen = await seenAfter(drawn, seeds);
  const usual = await seenAfter(cartPole, seeds);
  expect(seen.slice(0, 128)).toEqual(seen.slice(128));
  const differing = seen.filter((value, i) => Math.abs(value - usual[i]!) > 1e-4).length;
  expect(differing).toBeGreaterThan(N);
});

test('what is computed from a parameter follows it: a heavier cart is slower', async () => {
  const seeds = Uint32Array.of(1, 2, 3, 4);
  const heavy = await seenAfter(randomised(cartPole, { CART_MASS: [100, 100] }), seeds, 1);
  const usual = await seenAfter(cartPole, seeds, 1);
  for (let n = 0; n < 4; n++) {
    // Pushed to the left with 10 N for 20 ms: by about -0.2 m/s, with 1 kg and a bit.
    expect(heavy[4 * n + 1]! - usual[4 * n + 1]!).toBeGreaterThan(0.15);
  }
});

test('soccer with drawn parameters is a sound environment', async () => {
  const drawn = randomised(soccer(1), {
    BALL_MASS: [0.04, 0.05],
    ROBOT_MASS: [0.12, 0.25],
    WHEEL_ACCELERATION: [5, 9],
    BALL_ROLLING_DECELERATION: [0.2, 0.5],
  });
  expect(await checkEnvironment(drawn)).toEqual([]);
});

test('what is no parameter is refused', () => {
  expect(() => randomised(cartPole, { WIND: [0, 1] })).toThrow(
    "no parameter 'WIND'; it has GRAVITY",
  );
  expect(() => randomised(cartPole, { FORCE: [2, 1] })).toThrow('2 .. 1 is no range');
});

import { expect, test } from 'vitest';
import { advanceFixedStep, TICKS_PER_FRAME_MAX } from './fixed-step.ts';

const tickSeconds = 1 / 60;

test('ticks follow the time that passed, whatever the frame rate', () => {
  for (const framesPerSecond of [30, 60, 75, 144]) {
    let step = { tickSeconds, restSeconds: 0 };
    let ticks = 0;
    for (let frame = 0; frame < framesPerSecond * 10; frame++) {
      const advance = advanceFixedStep(step, 1 / framesPerSecond);
      ({ step } = advance);
      ticks += advance.tickCount;
      expect(advance.blend).toBeGreaterThanOrEqual(0);
      expect(advance.blend).toBeLessThan(1);
    }
    expect(Math.abs(ticks - 600)).toBeLessThanOrEqual(1);
  }
});

test('a stall costs time, not a burst of ticks', () => {
  const advance = advanceFixedStep({ tickSeconds, restSeconds: 0 }, 5);
  expect(advance.tickCount).toBe(TICKS_PER_FRAME_MAX);
  expect(advance.step.restSeconds).toBeLessThan(tickSeconds);
});

test('a clock that goes backwards steps nothing', () => {
  expect(advanceFixedStep({ tickSeconds, restSeconds: 0 }, -1).tickCount).toBe(0);
});

import { expect, test } from 'vitest';
import { Pace } from './pace.ts';

test('bursts and pauses within a moment do not show; what is long gone does not count', () => {
  const pace = new Pace({ steps: 1000, at: 0 });
  // 100 steps every 100 ms, but every second one of these notes comes late with both.
  for (let at = 200; at <= 6000; at += 200) {
    expect(pace.after({ steps: 1000 + at, at })).toBeCloseTo(1000);
  }
  // Then nothing for a window.
  expect(pace.after({ steps: 7000, at: 9000 })).toBeLessThan(40);
});

import { expect, test } from 'vitest';
import { boundsIn, fitCamera, followCamera } from './camera-fit.ts';

const points = [-0.85, 0.85].flatMap((x) =>
  [-0.65, 0.65].flatMap((z) => [0, 0.05].map((y) => ({ x, y, z }))),
);
const insets = { top: 0.1, bottom: 0.06, side: 0.03 };

test.each([
  { aspect: 1440 / 900, yaw: 0, elevation: 0.9 },
  { aspect: 1024 / 900, yaw: 0, elevation: 0.9 },
  { aspect: 390 / 844, yaw: -Math.PI / 2, elevation: 1.05 },
  { aspect: 844 / 390, yaw: 0, elevation: 0.9 },
])('the whole pitch is in the free part at $aspect, and fills it', (view) => {
  const fit = { points, fovRadians: 0.56, insets, ...view };
  const box = boundsIn(fit, fitCamera(fit))!;
  expect(box.top).toBeLessThanOrEqual(1 - 2 * insets.top + 0.02);
  expect(box.bottom).toBeGreaterThanOrEqual(-1 + 2 * insets.bottom - 0.02);
  expect(box.left).toBeGreaterThanOrEqual(-1);
  expect(box.right).toBeLessThanOrEqual(1);
  const fillsWidth = box.right - box.left > 1.8;
  const fillsHeight = box.top - box.bottom > 1.6;
  expect(fillsWidth || fillsHeight).toBe(true);
});

test('a camera at yaw 0 sees +x on its right', () => {
  const fit = { points, fovRadians: 0.56, insets, aspect: 1.6, yaw: 0, elevation: 0.9 };
  const placed = fitCamera(fit);
  const box = boundsIn({ ...fit, points: [{ x: 0.5, y: 0, z: 0 }] }, placed)!;
  expect(box.left).toBeGreaterThan(0);
});

test.each([
  { own: { x: -0.7, z: 0.5 }, ball: { x: 0.7, z: -0.5 } },
  { own: { x: 0.6, z: 0 }, ball: { x: -0.7, z: 0.6 } }, // behind it
  { own: { x: 0, z: 0.6 }, ball: { x: 0, z: -0.6 } }, // far aside
  { own: { x: 0, z: 0 }, ball: { x: 0.1, z: 0 } },
  { own: null, ball: { x: 0.3, z: 0.2 } },
])('the camera behind $own has the ball at $ball in the free part', ({ own, ball }) => {
  for (const aspect of [1.6, 0.46]) {
    const view = { yaw: -Math.PI / 2, elevation: 0.5, fovRadians: 0.56, aspect, insets };
    const placed = followCamera({ ...view, own, ball, outline: { x: 0.85, y: 0.68 } });
    for (const seen of own ? [own, ball] : [ball]) {
      const box = boundsIn({ ...view, points: [{ x: seen.x, y: 0, z: seen.z }] }, placed)!;
      expect(Math.max(-box.left, box.right)).toBeLessThan(1 - 2 * insets.side);
      expect(box.top).toBeLessThan(1 - 2 * insets.top + 0.02);
      expect(box.bottom).toBeGreaterThan(-1 + 2 * insets.bottom - 0.02);
    }
    expect(placed.position.x).toBeLessThan(own?.x ?? ball.x);
  }
});

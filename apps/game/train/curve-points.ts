/** Keeps a curve drawable however long the run: beyond a limit every second point goes. Pure. */

export const CURVE_POINTS_MAX = 1200;

export function thinned<T>(points: T[]): T[] {
  if (points.length <= CURVE_POINTS_MAX) return points;
  const last = points.length - 1;
  return points.filter((_, i) => i % 2 === 0 || i === last);
}

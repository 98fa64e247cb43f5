/** Shapes of tensors, row-major, outermost axis first. A shape of no axes is a single number. */
export type Shape = readonly number[];

export function elementCount(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

/** Elements from one index to the next along each axis. */
export function stridesOf(shape: Shape): number[] {
  return shape.map((_, axis) => elementCount(shape.slice(axis + 1)));
}

export function shownShape(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}

/** A shape, a dimension or an axis that an operator cannot take: the operator, the shapes, the axis. */
export class ShapeError extends Error {
  override readonly name = 'ShapeError';
  constructor(operator: string, problem: string) {
    super(`${operator}: ${problem}`);
  }
}

/** Throws unless every size is a positive integer. */
export function checkShape(operator: string, shape: Shape): void {
  const wrong = shape.findIndex((size) => !Number.isSafeInteger(size) || size <= 0);
  if (wrong < 0) return;
  throw new ShapeError(operator, `axis ${wrong} of ${shownShape(shape)} is no positive integer.`);
}

/** Axis -1 is the last one. Throws where there is no such axis. */
export function axisOf(operator: string, shape: Shape, axis: number): number {
  const positive = axis < 0 ? axis + shape.length : axis;
  if (Number.isInteger(axis) && positive >= 0 && positive < shape.length) return positive;
  throw new ShapeError(operator, `there is no axis ${axis} in ${shownShape(shape)}.`);
}

/** What both broadcast to (NumPy's rule: axes align at the end; a size of 1 repeats). */
export function broadcastShape(operator: string, shapes: readonly Shape[]): Shape {
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    const sizes = shapes.map((shape) => shape[axis - rank + shape.length] ?? 1);
    const size = Math.max(...sizes);
    if (sizes.every((one) => one === 1 || one === size)) return size;
    const all = shapes.map(shownShape).join(' and ');
    throw new ShapeError(
      operator,
      `${all} do not broadcast at axis ${axis - rank}: ${sizes.join(', ')}.`,
    );
  });
}

/** The tree that regions form. */
import { type Region, regionsOf } from '../ir/ir.ts';

const depths = new WeakMap<Region, number>();

function depthOf(region: Region): number {
  let depth = depths.get(region);
  if (depth === undefined) {
    depth = region.parent ? depthOf(region.parent) + 1 : 0;
    depths.set(region, depth);
  }
  return depth;
}

/** The innermost region that holds both. */
export function commonRegion(a: Region, b: Region): Region {
  let [x, y] = [a, b];
  while (x !== y) {
    if (depthOf(x) >= depthOf(y)) x = x.parent!;
    else y = y.parent!;
  }
  return x;
}

/** The innermost loop around each region: its body. */
export function loopsOf(body: Region): ReadonlyMap<Region, Region | null> {
  const loops = new Map<Region, Region | null>();
  const visit = (region: Region, loop: Region | null) => {
    loops.set(region, loop);
    for (const item of region.items) {
      for (const inner of regionsOf(item)) visit(inner, item.op === 'loop' ? inner : loop);
    }
  };
  visit(body, null);
  return loops;
}

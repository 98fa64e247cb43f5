/** The core's own multiply-add rate: nothing to do but f32x4 multiplications and additions. */
import type { Compute } from '@dreampitch/compute';
import { clocks, type Contestant, type Seconds, since } from './timed.ts';

const LOOPS = 200_000;
const TOTALS = 10;
const TRIALS = 20;

/** Seconds per operation, fused ones where those are faster; the best of some trials. */
export async function roofContestant(compute: Compute): Promise<Contestant> {
  const totals = Array.from({ length: TOTALS }, (_, i) => `t${i}`);
  const wgsl = `@group(0) @binding(0) var<storage, read_write> result: array<f32>;
@compute @workgroup_size(4)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let factor = result[id.x];
  let term = result[id.x + 4u];
  ${totals.map((total, i) => `var ${total} = factor * ${i}.0;`).join('\n  ')}
  for (var i = 0u; i < ${LOOPS}u; i++) {
    ${totals.map((total) => `${total} = ${total} * factor + term;`).join('\n    ')}
  }
  result[id.x] = ${totals.join(' + ')};
}
`;
  const result = compute.createBuffer({ label: 'roof', bytes: 32 });
  const flops = 2 * 4 * TOTALS * LOOPS;
  let best: { wall: number; run: () => void } | null = null;
  for (const relaxed of [false, true]) {
    const kernel = await compute.createKernel({ label: 'roof', wgsl, entry: 'main', relaxed });
    const dispatch = kernel.prepare({ bindings: { result }, invocations: 4 });
    const run = () => compute.submit([dispatch]);
    const { wall } = leastOf(run, flops);
    if (!best || wall < best.wall) best = { wall, run };
  }
  const { run } = best!;
  return async () => leastOf(run, flops);
}

function leastOf(run: () => void, flops: number): Seconds {
  const trials = Array.from({ length: TRIALS }, () => {
    const start = clocks();
    run();
    return since(start, flops);
  });
  return trials.reduce((a, b) => (b.wall < a.wall ? b : a));
}

/** One random program on one target, and what two targets have to agree on. */
import type { Compute, ComputeBuffer } from '../compute.ts';
import { comparable, freshBuffers, SHAPES } from './buffers.ts';
import { OUTPUT_WORDS } from './layout.ts';
import type { Program } from './program.ts';
import type { Real } from './reals.ts';

/** Words of what a program wrote, by buffer. */
export type Outcome = Readonly<Record<string, Uint32Array>>;

const INTERLEAVED = Object.keys(SHAPES);

/** `more`: buffers of bindings beyond the usual ones. */
export async function runProgram(
  compute: Compute,
  program: Program,
  more: Readonly<Record<string, ComputeBuffer>> = {},
): Promise<Outcome> {
  const { wgsl, entries, layout, constants, interleaved, loopBudget } = program;
  using made = new DisposableStack();
  const buffers: Record<string, ComputeBuffer> = {};
  for (const [label, words] of Object.entries(freshBuffers())) {
    const stride = (SHAPES as Record<string, { bytes: number }>)[label]?.bytes;
    const interleavedStrideBytes = interleaved ? stride : undefined;
    const bytes = words.byteLength;
    buffers[label] = made.use(compute.createBuffer({ label, bytes, interleavedStrideBytes }));
    compute.write(buffers[label], words);
  }
  const dispatches = await Promise.all(
    entries.map(async (entry) => {
      const kernel = await compute.createKernel({
        label: 'fuzz',
        wgsl,
        entry,
        constants,
        loopBudget,
        ...(interleaved ? { interleaved: INTERLEAVED } : {}),
      });
      const bindings = { ...buffers, ...more };
      return kernel.prepare({ bindings, invocations: layout.invocations });
    }),
  );
  compute.submit(dispatches, { times: 2 });
  const outcome: Record<string, Uint32Array> = {};
  for (const label of ['output', 'states', 'outers', 'counters']) {
    const bytes = await compute.read(buffers[label]!);
    outcome[label] = comparable(label, new Uint32Array(bytes.buffer));
  }
  return outcome;
}

/** The first word in which they differ, in words; null where they agree. */
export function difference(
  one: Outcome,
  other: Outcome,
  reals: readonly Real[] = [],
): string | null {
  for (const [name, words] of Object.entries(one)) {
    const theirs = other[name]!;
    const at = words.findIndex((word, i) => {
      const real = name === 'output' ? reals.find((r) => r.word === i % OUTPUT_WORDS) : undefined;
      return real ? !isNear(word, theirs[i]!, real.tolerance) : word !== theirs[i];
    });
    if (at >= 0) return `${name}[${at}]: ${words[at]} against ${theirs[at]}`;
  }
  return null;
}

const view = new DataView(new ArrayBuffer(8));

function isNear(a: number, b: number, tolerance: number): boolean {
  view.setUint32(0, a);
  view.setUint32(4, b);
  const [x, y] = [view.getFloat32(0), view.getFloat32(4)];
  return Math.abs(x - y) <= tolerance * Math.max(1, Math.abs(y));
}

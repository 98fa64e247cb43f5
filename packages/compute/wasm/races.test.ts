/** Race-free kernels whose invocations of different threads write neighbouring words. */
import { expect, test } from 'vitest';
import { openWasm } from '../index.ts';

const ROUNDS = 50_000;
const GROUPS = 16;

/** Every word that `wordOf` gives for an invocation is counted up by it alone, `ROUNDS` times. */
async function wrongWords(o: {
  wgsl: string;
  count: number;
  wordOf: (invocation: number) => number;
  words: number;
  interleavedStrideBytes?: number;
}): Promise<number> {
  using compute = await openWasm({ threadCount: 2 });
  const { interleavedStrideBytes } = o;
  const interleaved = interleavedStrideBytes === undefined ? [] : ['o'];
  const kernel = await compute.createKernel({
    label: 'r',
    wgsl: o.wgsl,
    entry: 'main',
    interleaved,
  });
  let wrong = 0;
  for (let attempt = 0; attempt < 4; attempt++) {
    using buffer = compute.createBuffer({ label: 'o', bytes: 4 * o.words, interleavedStrideBytes });
    compute.submit([kernel.prepare({ bindings: { o: buffer }, invocations: o.count })]);
    const words = new Uint32Array(compute.readSync(buffer).buffer);
    for (let i = 0; i < o.count; i++) if (words[o.wordOf(i)] !== ROUNDS) wrong++;
  }
  return wrong;
}

const kernelOf = (width: number, body: string, element = 'u32') => `
  struct Pair { a: u32, b: u32 }
  @group(0) @binding(0) var<storage, read_write> o: array<${element}>;
  @compute @workgroup_size(${width}) fn main(@builtin(global_invocation_id) id: vec3u) {
    for (var r = 0u; r < ${ROUNDS}u; r++) { ${body} }
  }`;

test.each([7, 6, 3, 2])('groups of %i share vectors of words, and lose no write', async (width) => {
  const count = width * GROUPS;
  const wgsl = kernelOf(width, 'o[id.x] += 1u;');
  expect(await wrongWords({ wgsl, count, words: count, wordOf: (i) => i })).toBe(0);
});

test.each([4, 32])('odd lanes write %i words further on, between the even ones', async (by) => {
  const body = `if ((id.x & 1u) == 0u) { o[id.x] += 1u; }
    if ((id.x & 1u) == 1u) { o[id.x + ${by}u] += 1u; }`;
  const wordOf = (i: number) => (i % 2 === 1 ? i + by : i);
  const wgsl = kernelOf(4, body);
  expect(await wrongWords({ wgsl, count: 2 * by, words: 3 * by, wordOf })).toBe(0);
});

/** Word `b` of pair i, or of the fourth pair after it. */
const pairWordOf = (i: number) => 2 * (i % 2 === 1 ? i + 4 : i) + 1;

test('the same in interleaved structs', async () => {
  const body = `if ((id.x & 1u) == 0u) { o[id.x].b += 1u; }
    if ((id.x & 1u) == 1u) { o[id.x + 4u].b += 1u; }`;
  const wgsl = kernelOf(4, body, 'Pair');
  const shape = { count: 8, words: 24, wordOf: pairWordOf, interleavedStrideBytes: 8 };
  expect(await wrongWords({ wgsl, ...shape })).toBe(0);
});

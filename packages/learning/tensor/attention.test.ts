import { openWasm } from '@dreampitch/compute';
import { expect, test } from 'vitest';
import { noise } from '../random/pcg.ts';
import { attentionCache, cachedAttention, causalAttention } from './attention.ts';
import { input } from './operators.ts';
import { Program } from './program.ts';

const [B, H, C] = [2, 3, 4];
const NAMES = ['q', 'k', 'v'] as const;

/** [B, H, times, C]: some times of a sequence that is the same for all tests. */
const timesOf = (key: number, o: { from: number; to: number }) => {
  const data: number[] = [];
  for (let head = 0; head < B * H; head++) {
    for (let t = o.from; t < o.to; t++) {
      for (let c = 0; c < C; c++) data.push(noise(key, (head * 100 + t) * C + c));
    }
  }
  return Float32Array.from(data);
};

/** The last `count` outputs of attention over the times from, to. */
async function whole(from: number, to: number, count: number): Promise<number[]> {
  using compute = await openWasm({ threadCount: 1 });
  const [q, k, v] = NAMES.map((name) => input(name, [B, H, to - from, C]));
  using program = await Program.create(compute, { outputs: { y: causalAttention(q!, k!, v!) } });
  NAMES.forEach((name, i) => program.write(name, timesOf(i, { from, to })));
  program.run();
  const y = await program.read('y');
  const size = (to - from) * C;
  return Array.from({ length: B * H }, (_, head) =>
    Array.from(y.slice(head * size + size - count * C, (head + 1) * size)),
  ).flat();
}

test.each([
  ['one time after the other, within the cache', 8, [1, 1, 1, 1, 1, 1, 1, 1]],
  ['several at once', 8, [3, 1, 4]],
  ['beyond the cache, which keeps the latest', 4, [1, 1, 1, 1, 1, 1, 1, 1, 1]],
])('attention %s is attention over the whole sequence', async (_, cached, parts) => {
  using compute = await openWasm({ threadCount: 1 });
  const programs = new Map<number, Program>();
  const states = attentionCache('cache', [B, H, cached, C]);
  const lengths = [...new Set(parts)];
  for (const S of lengths) {
    const [q, k, v] = NAMES.map((name) => input(name, [B, H, S, C]));
    const { output, updates } = cachedAttention({ q: q!, k: k!, v: v! }, states);
    const first = programs.get(lengths[0]!);
    const names = ['cache.keys', 'cache.values', 'cache.length'];
    const bound = first && Object.fromEntries(names.map((name) => [name, first.buffer(name)]));
    const options = { outputs: { output }, updates, ...(bound && { bound }) };
    programs.set(S, await Program.create(compute, options));
  }
  let from = 0;
  for (const S of parts) {
    const program = programs.get(S)!;
    NAMES.forEach((name, i) => program.write(name, timesOf(i, { from, to: from + S })));
    program.run();
    from += S;
    const wanted = await whole(Math.max(0, from - cached), from, S);
    const got = await program.read('output');
    wanted.forEach((want, i) => expect(got[i], `time ${from}, ${i}`).toBeCloseTo(want, 4));
  }
  for (const program of programs.values()) program[Symbol.dispose]();
  expect(compute.arena.bufferCount).toBe(0);
});

import { openWasm } from '@dreampitch/compute';
import { expect, test } from 'vitest';
import { convolution } from './layers.ts';
import { gradients } from './gradient.ts';
import { relu } from './functions.ts';
import { input, matmul, multiply, permute, reshape, sum, transpose } from './operators.ts';
import { Program } from './program.ts';

type Case = { B: number; M: number; K: number; N: number; turned: [boolean, boolean] };

const CASES: readonly Case[] = [
  { B: 1, M: 1, K: 1, N: 1, turned: [false, false] },
  { B: 3, M: 7, K: 13, N: 5, turned: [false, false] },
  { B: 2, M: 33, K: 517, N: 19, turned: [true, true] }, // several blocks of depth, the last one short
  { B: 1, M: 250, K: 36, N: 70, turned: [true, false] }, // several groups of rows
  { B: 5, M: 32, K: 32, N: 32, turned: [false, true] },
  { B: 1, M: 6, K: 1030, N: 300, turned: [false, false] },
  { B: 1, M: 24, K: 9, N: 16, turned: [true, true] }, // rows packed four tiles at a time, and
  { B: 2, M: 47, K: 260, N: 9, turned: [true, false] }, // so, then tile by tile, then what is left
];

const numbers = (length: number, step: number) =>
  Float32Array.from({ length }, (_, i) => Math.sin((i + 1) * step));

function expected(x: Float32Array, y: Float32Array, o: Case): Float64Array {
  const { B, M, K, N, turned } = o;
  const out = new Float64Array(B * M * N);
  for (let b = 0; b < B; b++) {
    for (let m = 0; m < M; m++) {
      for (let n = 0; n < N; n++) {
        let total = 0;
        for (let k = 0; k < K; k++) {
          const left = x[b * M * K + (turned[0] ? k * M + m : m * K + k)]!;
          total += left * y[b * K * N + (turned[1] ? n * K + k : k * N + n)]!;
        }
        out[(b * M + m) * N + n] = total;
      }
    }
  }
  return out;
}

test.each([true, false])('products are what their sums are, strict: %s', async (strict) => {
  using compute = await openWasm({ threadCount: 1 });
  for (const one of CASES) {
    const { B, M, K, N, turned } = one;
    const a = input('a', turned[0] ? [B, K, M] : [B, M, K]);
    const b = input('b', turned[1] ? [B, N, K] : [B, K, N]);
    const c = matmul(turned[0] ? transpose(a) : a, turned[1] ? transpose(b) : b);
    using program = await Program.create(compute, { outputs: { c, rectified: relu(c) }, strict });
    const [x, y] = [numbers(B * M * K, 1.3), numbers(B * K * N, 1.7)];
    program.write('a', x);
    program.write('b', y);
    program.run();
    const wanted = expected(x, y, one);
    const got = await program.read('c');
    const worst = Math.max(...got.map((value, i) => Math.abs(value - wanted[i]!)));
    expect(worst, JSON.stringify(one)).toBeLessThan(1e-4);
    const rectified = await program.read('rectified');
    expect(rectified).toEqual(got.map((value) => Math.max(value, 0)));
  }
});

test('products are the same to the bit however many threads share them', async () => {
  const results: Float32Array[][] = [];
  for (const threadCount of [1, 2, 5]) {
    using compute = await openWasm({ threadCount });
    const got: Float32Array[] = [];
    for (const { B, M, K, N, turned } of CASES) {
      const [a, b] = [input('a', turned[0] ? [B, K, M] : [B, M, K]), input('b', [B, K, N])];
      const c = relu(matmul(turned[0] ? transpose(a) : a, b));
      using program = await Program.create(compute, { outputs: { c } });
      program.write('a', numbers(B * M * K, 1.3));
      program.write('b', numbers(B * K * N, 1.7));
      program.run();
      got.push(await program.read('c'));
    }
    results.push(got);
  }
  expect(results[1]).toEqual(results[0]);
  expect(results[2]).toEqual(results[0]);
});

test('a convolution and its gradients are the same to the bit with one thread and with three', async () => {
  const [x, weight] = [input('x', [3, 5, 11, 13]), input('weight', [7, 5, 3, 3])];
  const y = convolution(x, { weight, padding: 1 });
  const [dx, dw] = gradients(sum(multiply(y, y)), [x, weight]);
  const results: Float32Array[][] = [];
  for (const threadCount of [1, 3]) {
    using compute = await openWasm({ threadCount });
    using program = await Program.create(compute, { outputs: { y, dx: dx!, dw: dw! } });
    program.write('x', numbers(3 * 5 * 11 * 13, 0.7));
    program.write('weight', numbers(7 * 5 * 9, 1.1));
    program.run();
    results.push(await Promise.all(['y', 'dx', 'dw'].map((name) => program.read(name))));
  }
  expect(results[1]).toEqual(results[0]);
});

test.each([true, false])('rows that are heads of several samples, strict: %s', async (strict) => {
  using compute = await openWasm({ threadCount: 2 });
  // [B, H, T, C] as [H * C, B * T]: neighbours by four, by two and not at all, of an even or odd tile.
  for (const C of [4, 6, 7]) {
    const [B, H, T, N] = [3, 8, 5, 11];
    const heads = input('heads', [B, H, T, C]);
    const b = input('b', [B * T, N]);
    const rows = reshape(permute(heads, [1, 3, 0, 2]), [H * C, B * T]);
    using program = await Program.create(compute, { outputs: { c: matmul(rows, b) }, strict });
    const [x, y] = [numbers(B * H * T * C, 1.3), numbers(B * T * N, 1.7)];
    program.write('heads', x);
    program.write('b', y);
    program.run();
    const turned = Float32Array.from({ length: H * C * B * T }, (_, i) => {
      const [row, k] = [Math.floor(i / (B * T)), i % (B * T)];
      const [h, c, sample, t] = [Math.floor(row / C), row % C, Math.floor(k / T), k % T];
      return x[((sample * H + h) * T + t) * C + c]!;
    });
    const o: Case = { B: 1, M: H * C, K: B * T, N, turned: [false, false] };
    const wanted = expected(turned, y, o);
    const got = await program.read('c');
    const worst = Math.max(...got.map((value, i) => Math.abs(value - wanted[i]!)));
    expect(worst, `heads of ${C}`).toBeLessThan(1e-4);
  }
});

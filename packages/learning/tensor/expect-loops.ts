/** For tests: loops against the same steps written out, on both targets. */
import type { Compute } from '@dreampitch/compute';
import { expect } from 'vitest';
import { noise } from '../random/pcg.ts';
import { linear, normal } from './functions.ts';
import { gradients } from './gradient.ts';
import { gruCell } from './layers.ts';
import {
  add,
  constant,
  indices,
  input,
  multiply,
  reshape,
  sin,
  sum,
  tanh,
  toFloat,
} from './operators.ts';
import { Program } from './program.ts';
import { recompute } from './recompute.ts';
import { scan, type ScanOptions } from './scan.ts';
import { elementCount } from './shape.ts';
import type { Tensor } from './tensor.ts';

type Loss = (unroll: boolean) => { loss: Tensor; of: readonly Tensor[] };

async function valuesOf(compute: Compute, loss: Loss, unroll: boolean) {
  const { loss: value, of } = loss(unroll);
  const outputs: Record<string, Tensor> = { loss: value };
  gradients(value, of).forEach((one, i) => (outputs[`d${i}`] = one));
  using program = await Program.create(compute, { outputs });
  of.forEach((one, i) => {
    if (one.operator.kind !== 'input') return;
    const data = { length: elementCount(one.shape) };
    program.write(
      one.operator.name,
      Float32Array.from(data, (_, k) => 0.7 * noise(i, k)),
    );
  });
  program.run(3); // the same every time
  const names = Object.keys(outputs);
  return {
    results: await Promise.all(names.map((name) => program.read(name))),
    kernelCount: new Set(program.dispatches).size,
  };
}

async function expectSame(compute: Compute, loss: Loss, loops = true): Promise<void> {
  const [looped, written] = [
    await valuesOf(compute, loss, false),
    await valuesOf(compute, loss, true),
  ];
  if (loops) expect(looped.kernelCount).toBeLessThan(written.kernelCount);
  else expect(looped.kernelCount).toBeGreaterThan(written.kernelCount);
  written.results.forEach((want, i) => {
    want.forEach((one, k) => {
      const got = looped.results[i]![k]!;
      expect(Math.abs(got - one), `${i} ${k}`).toBeLessThan(1e-4 * Math.max(1, Math.abs(one)));
    });
  });
}

/** A scan whose every step has another weight in the loss. */
function weighed(initial: readonly Tensor[], o: ScanOptions): Tensor {
  const { carry, outputs } = scan(initial, o);
  return [...carry, ...outputs]
    .filter((one) => one.type === 'f32')
    .map((one) => sum(sin(add(one, multiply(toFloat(indices(one.shape)), 0.3)))))
    .reduce((a, b) => add(a, b));
}

export const expectLoops = {
  'a recurrent network through time': (compute: Compute) =>
    expectSame(compute, (unroll) => {
      const [xs, h] = [input('xs', [12, 3, 4]), input('h', [3, 5])];
      const [wi, wh] = [input('wi', [15, 4]), input('wh', [15, 5])];
      const [bi, bh, head] = [input('bi', [15]), input('bh', [15]), input('head', [2, 5])];
      const step: ScanOptions['step'] = ([before], { slices: [x] }) => {
        const next = gruCell(x!, before!, { wi, wh, bi, bh });
        return { carry: [next], outputs: [linear(next, { weight: head })] };
      };
      const loss = weighed([h], { steps: 12, slices: [xs], step, unroll });
      return { loss, of: [xs, h, wi, wh, bi, bh, head] };
    }),
  'what a loop reads of outside, sums up, and hands on unchanged': (compute: Compute) =>
    expectSame(compute, (unroll) => {
      const [a, b, xs] = [input('a', [4]), input('b', [4]), input('xs', [9, 2, 2])];
      const outside = multiply(a, tanh(b)); // of a and b, which the steps read as well
      const step: ScanOptions['step'] = ([h, same], { slices: [x], time }) => {
        const moved = multiply(sin(add(h!, outside)), add(b, reshape(x!, [4])));
        const next = add(moved, multiply(toFloat(time), 0.1));
        return { carry: [next, same!], outputs: [h!, multiply(same!, a), a] };
      };
      const o = { steps: 9, slices: [xs], step, unroll };
      return { loss: weighed([b, multiply(a, 2)], o), of: [a, b, xs] };
    }),
  'numbers handed on that swap places, whole ones among them': (compute: Compute) =>
    expectSame(compute, (unroll) => {
      const [a, b, w] = [input('a', [3]), input('b', [3]), input('w', [3])];
      const step: ScanOptions['step'] = ([x, y, count]) => {
        const next = multiply(y!, add(w, multiply(toFloat(count!), 0.01)));
        return { carry: [next, x!, add(count!, 2)], outputs: [sum(x!)] };
      };
      return {
        loss: weighed([a, b, constant(5, 'u32')], { steps: 11, step, unroll }),
        of: [a, b, w],
      };
    }),
  'a loop within a loop': (compute: Compute) =>
    expectSame(compute, (unroll) => {
      const [xs, h, w] = [input('xs', [6, 5, 2]), input('h', [2]), input('w', [2, 2])];
      const inner: ScanOptions['step'] = ([c], { slices: [x] }) => {
        const next = tanh(add(linear(c!, { weight: w }), x!));
        return { carry: [next], outputs: [multiply(next, x!)] };
      };
      const outer: ScanOptions['step'] = ([c], { slices: [x] }) => {
        const one = scan([c!], { steps: 5, slices: [x!], step: inner, unroll });
        return {
          carry: [multiply(one.carry[0]!, 0.9)],
          outputs: [sum(one.outputs[0]!, { axes: [0] })],
        };
      };
      return {
        loss: weighed([h], { steps: 6, slices: [xs], step: outer, unroll }),
        of: [xs, h, w],
      };
    }),
  'the gradient of a gradient through time': (compute: Compute) =>
    expectSame(compute, (unroll) => {
      const [x, w] = [input('x', [3]), input('w', [3])];
      const step: ScanOptions['step'] = ([h]) => {
        const next = tanh(multiply(h!, add(w, 1)));
        return { carry: [next], outputs: [] };
      };
      const [dw] = gradients(weighed([x], { steps: 7, step, unroll }), [w]) as [Tensor];
      return { loss: sum(multiply(dw, dw)), of: [x, w] };
    }),
  'random numbers that differ from step to step, the same written out': (compute: Compute) =>
    expectSame(compute, (unroll) => {
      const x = input('x', [20]);
      const step: ScanOptions['step'] = ([h], { time }) => {
        const noise_ = normal(add(time, 77), { shape: [20], stream: 0 });
        return { carry: [add(h!, multiply(noise_, x))], outputs: [noise_] };
      };
      return { loss: weighed([x], { steps: 16, step, unroll }), of: [x] };
    }),
  'parts that are computed anew on the way back, one within a loop': (compute: Compute) =>
    expectSame(
      compute,
      (plainly) => {
        const [x, w, v] = [input('x', [4, 3]), input('w', [3, 3]), input('v', [3])];
        const outside = sin(v);
        const part = ([h]: readonly Tensor[]) =>
          tanh(multiply(linear(sin(h!), { weight: w }), add(outside, h!)));
        const parted = (h: Tensor) => (plainly ? part([h]) : recompute([h], part));
        const deep = parted(parted(multiply(x, 2)));
        const step: ScanOptions['step'] = ([h]) => ({ carry: [parted(h!)], outputs: [] });
        return { loss: weighed([deep], { steps: 6, step }), of: [x, w, v] };
      },
      false,
    ),
};

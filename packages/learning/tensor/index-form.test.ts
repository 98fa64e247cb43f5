import { openWasm, type WasmCompute } from '@dreampitch/compute';
import { assert, asyncProperty, integer, record } from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  fixed,
  type Form,
  plus,
  quotient,
  remainder,
  textOf,
  times,
  variable,
} from './index-form.ts';

const [x, y] = [variable('x', 35), variable('y', 4)];
let compute: WasmCompute;
beforeAll(async () => {
  compute = await openWasm({ threadCount: 1 });
});
afterAll(() => compute[Symbol.dispose]());

test('taking a place apart and putting it together again gives the place', () => {
  const place = plus(times(y, 35), x);
  const parts = [quotient(place, 35), quotient(remainder(place, 35), 7), remainder(place, 7)];
  expect(parts.map(textOf)).toEqual(['y', '(x / 7u)', '(x % 7u)']);
  const again = plus(times(parts[0]!, 35), times(parts[1]!, 7), parts[2]!);
  expect(textOf(again)).toBe('(x + y * 35u)');
});

test('what is known to be small needs no arithmetic', () => {
  expect(textOf(quotient(x, 35))).toBe('0u');
  expect(textOf(remainder(x, 35))).toBe('x');
  expect(textOf(quotient(plus(times(y, 70), x, fixed(70)), 70))).toBe('(y + 1u)');
  expect(textOf(variable('k', 1))).toBe('0u');
});

test('finer terms do not matter to a coarse quotient', () => {
  const place = plus(times(variable('a', 512), 128), variable('b', 128));
  expect(textOf(quotient(place, 4096))).toBe('(a / 32u)');
  expect(textOf(remainder(place, 4096))).toBe('((a % 32u) * 128u + b)');
  const again = plus(times(quotient(place, 4096), 4096), remainder(place, 4096));
  expect(textOf(again)).toBe('(a * 128u + b)');
});

test('a place before the start comes out as a subtraction, which wraps', () => {
  expect(textOf(plus(x, fixed(-3)))).toBe('(x - 3u)');
});

const [WIDTH, HEIGHT] = [35, 4];

/** What the texts are worth on WASM, wherever x and y may be: [forms][HEIGHT * WIDTH]. */
async function valuesOf(forms: readonly Form[]): Promise<Uint32Array[]> {
  const places = WIDTH * HEIGHT;
  const kernel = await compute.createKernel({
    label: 'forms',
    entry: 'main',
    wgsl: `@group(0) @binding(0) var<storage, read_write> result: array<u32>;
      @compute @workgroup_size(1) fn main(@builtin(global_invocation_id) id: vec3u) {
        let x = id.x % ${WIDTH}u;
        let y = id.x / ${WIDTH}u;
        ${forms.map((form, i) => `result[${i * places}u + id.x] = ${textOf(form)};`).join('\n')}
      }`,
  });
  using result = compute.createBuffer({ label: 'result', bytes: 4 * places * forms.length });
  compute.submit([kernel.prepare({ bindings: { result }, invocations: places })]);
  const words = new Uint32Array((await compute.read(result)).buffer);
  return forms.map((_, i) => words.subarray(i * places, (i + 1) * places));
}

test('whatever is simplified, the number stays the same', async () => {
  const sizes = integer({ min: 1, max: 40 });
  await assert(
    asyncProperty(record({ a: sizes, b: sizes, by: sizes, constant: sizes }), async (o) => {
      const form = plus(times(x, o.a), times(y, o.b), fixed(o.constant));
      const whole = plus(times(quotient(form, o.by), o.by), remainder(form, o.by));
      const forms = [quotient(form, o.by), remainder(form, o.by), whole];
      const places = Array.from({ length: WIDTH * HEIGHT }, (_, i) => i);
      const wanted = places.map(
        (i) => (i % WIDTH) * o.a + Math.floor(i / WIDTH) * o.b + o.constant,
      );
      expect(await valuesOf(forms)).toEqual([
        Uint32Array.from(wanted, (value) => Math.floor(value / o.by)),
        Uint32Array.from(wanted, (value) => value % o.by),
        Uint32Array.from(wanted),
      ]);
    }),
  );
});

import { describe, expect, test } from 'vitest';
import { checkModule } from '../check/check-module.ts';
import { type Item, type Region, regionsOf } from '../ir/ir.ts';
import { printKernel } from '../ir/print.ts';
import { Source } from '../parse/source.ts';
import { lowerEntry } from './lower-entry.ts';
import { DEFAULTS, Spent } from './lowering.ts';

function itemsOf(region: Region): Item[] {
  return region.items.flatMap((item) => [item, ...regionsOf(item).flatMap(itemsOf)]);
}

/** How often each operation is in the body of `main`, without the loops over invocations. */
function count(body: string, more = ''): Record<string, number> {
  const source = new Source(`${more}
    @group(0) @binding(0) var<storage, read_write> out: array<f32>;
    @group(0) @binding(1) var<storage> data: array<f32>;
    @compute @workgroup_size(4) fn main(@builtin(global_invocation_id) id: vec3u) { ${body} }`);
  const { entries, bindings } = checkModule(source);
  const kernel = lowerEntry(entries[0]!, {
    source,
    bindings,
    interleaved: [],
    options: { ...DEFAULTS, twiceMax: 0 },
    spent: new Spent(),
  });
  const counts: Record<string, number> = {};
  for (const item of itemsOf(kernel.body)) {
    const private_ = 'memory' in item && item.memory.kind === 'private' ? 'private ' : '';
    const key = 'operator' in item ? item.operator : `${private_}${item.op}`;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  // The loop over workgroups has one block, one loop, one if and one exit.
  for (const key of ['block', 'loop', 'if', 'exit']) counts[key]! -= 1;
  return counts;
}

/** Every kernel asks whether there are several rows of workgroups. */
const IF_ROWS = 1;

describe('loops', () => {
  test('that count to a small constant are written out', () => {
    const counts = count(
      'var a: array<f32, 4>; for (var i = 0u; i < 4u; i++) { a[i] = data[i]; } out[id.x] = a[2];',
    );
    expect(counts).toMatchObject({ loop: 0, block: 0 });
    expect(counts['private store']).toBeUndefined();
  });

  test('with break and continue are written out as blocks', () => {
    const counts = count(`var s = 0.0; for (var i = 0u; i < 3u; i++) {
      if (f32(id.y + i) > 1.0) { continue; } if (f32(id.y + i) < 0.0) { break; } s += f32(id.y + i); } out[id.x] = s;`);
    expect(counts).toMatchObject({ loop: 0, block: 4 });
  });

  test('to a limit that is known at run time only stay loops', () => {
    const counts = count(
      'var s = 0.0; for (var i = 0u; i < id.y; i++) { s += f32(id.y + i); } out[id.x] = s;',
    );
    expect(counts).toMatchObject({ loop: 1, block: 1 });
  });
});

describe('indexes into buffers', () => {
  test('of a loop are checked once, in front of it', () => {
    const counts = count(
      'var s = 0.0; for (var i = 0u; i < 99u; i++) { s += data[id.y * 99u + i]; } out[id.x] = s;',
    );
    // One clamp in the version that clamps, and that of out[id.x].
    expect(counts).toMatchObject({ all: 1, clamp: 2, loop: 2 });
  });

  test('that a loop computes anew are clamped each', () => {
    const counts = count(
      'var s = 0u; for (var i = 0u; i < 99u; i++) { s += u32(data[s]); } out[id.x] = f32(s);',
    );
    expect(counts).toMatchObject({ clamp: 2, loop: 1 });
    expect(counts['all']).toBeUndefined();
  });
});

describe('functions', () => {
  test('whose returns end them need no jumps', () => {
    const more =
      'fn f(x: f32) -> f32 { if (x < 0.0) { return 1.0; } if (x > 9.0) { return 2.0; } return x; }';
    expect(count('out[id.x] = f(data[id.x]);', more)).toMatchObject({
      block: 0,
      exit: 0,
      if: IF_ROWS + 2,
    });
  });

  test('that return from within loops leave a block', () => {
    const more =
      'fn f(n: u32) -> f32 { for (var i = 0u; i < n; i++) { if (i * i > 99u) { return 1.0; } } return 2.0; }';
    expect(count('out[id.x] = f(id.y);', more)).toMatchObject({ block: 2, loop: 1 });
  });

  test('read and write through pointers to elements and fields', () => {
    const more = `struct S { v: vec2f, w: array<f32, 2> }
      fn add(p: ptr<function, f32>, q: ptr<function, vec2f>) { *p = max(*p, 1.0); (*q).y = *p; }`;
    const counts = count('var s: S; add(&s.w[1], &s.v); out[id.x] = s.v.y;', more);
    // All of it is known: max(0, 1).
    expect(counts['max']).toBeUndefined();
    expect(counts['private store']).toBeUndefined();
  });
});

describe('variables', () => {
  test('indexed by a value live in memory', () => {
    const counts = count('var a: array<f32, 8>; a[id.y & 7u] = 1.0; out[id.x] = a[id.z & 7u];');
    expect(counts['private store']).toBe(9);
    expect(counts['private load']).toBe(1);
    expect(counts['clamp']).toBe(1);
  });

  test('a vector indexed by a value is chosen from', () => {
    const counts = count('let v = vec2f(data[0], data[1]); out[id.x] = v[id.y];');
    expect(counts).toMatchObject({ select: 1 });
  });
});

test('both sides of && run where the right one is cheap', () => {
  expect(count('if (data[0] > 1.0 || data[1] > 1.0) { out[id.x] = 1.0; }')).toMatchObject({
    or: 1,
    if: IF_ROWS + 1,
  });
  const more = 'fn f() -> bool { out[0] = 2.0; return true; }';
  expect(count('if (data[0] > 1.0 || f()) { out[id.x] = 1.0; }', more)).toMatchObject({
    if: IF_ROWS + 2,
  });
});

test('what a kernel becomes can be read', () => {
  const source = new Source(`@group(0) @binding(0) var<storage, read_write> out: array<f32, 64>;
    @compute @workgroup_size(4) fn main(@builtin(global_invocation_id) id: vec3u) {
      if (id.x < 9u) { out[id.x] = sqrt(out[id.x]); }
    }`);
  const { entries, bindings } = checkModule(source);
  const kernel = lowerEntry(entries[0]!, {
    source,
    bindings,
    interleaved: [],
    options: { ...DEFAULTS, twiceMax: 0 },
    spent: new Spent(),
  });
  const text = printKernel(kernel);
  const from = text.indexOf('lt v');
  expect(text.slice(from).replaceAll(/\bv\d+/g, 'v')).toBe(
    `lt v 9: bool
    if v
      v = clamp v 63: u32
      v = shl v 2: u32
      v = load binding0 + 0 at v: f32
      v = sqrt v: f32
      binding0[v + 0] = v
    v = add v 1: u32
    group.N = v`.replace('N', /group\.(\d+) =/.exec(text)![1]!),
  );
});

import { describe, expect, test } from 'vitest';
import { checkModule } from '../check/check-module.ts';
import { type Kernel, type Region, type Value, isValue, regionsOf } from '../ir/ir.ts';
import { lowerEntry } from '../lower/lower-entry.ts';
import { DEFAULTS, Spent } from '../lower/lowering.ts';
import { Source } from '../parse/source.ts';
import { type Facts, analyse } from './uniformity.ts';

const HEADER = `
struct Pair { a: f32, b: f32 }
@group(0) @binding(0) var<storage, read_write> out: array<u32>;
@group(0) @binding(1) var<storage> table: array<u32>;
@group(0) @binding(2) var<storage, read_write> pairs: array<Pair>;
@group(0) @binding(3) var<uniform> limit: u32;
`;

function kernelOf(body: string): Kernel {
  const source = new Source(`${HEADER}
    @compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) { ${body} }`);
  const module = checkModule(source);
  const { bindings, entries } = module;
  return lowerEntry(entries[0]!, {
    source,
    bindings,
    interleaved: ['pairs'],
    options: DEFAULTS,
    spent: new Spent(),
  });
}

function itemsOf(region: Region): Region['items'] {
  return region.items.flatMap((item) => [item, ...regionsOf(item).flatMap(itemsOf)]);
}

/** The facts, and the value that the last store writes. */
function analysed(body: string): { facts: Facts; last: Value; kernel: Kernel } {
  const kernel = kernelOf(body);
  const facts = analyse(kernel);
  const stores = itemsOf(kernel.body).filter((item) => item.op === 'store');
  return { facts, last: stores.at(-1)!.value, kernel };
}

function shape(expression: string): string {
  const { facts, last } = analysed(`out[id.x] = ${expression};`);
  return facts.shape(last).kind;
}

describe('shapes of values', () => {
  test.each([
    ['id.x', 'linear'],
    ['id.x * 3u + limit', 'linear'],
    ['id.x * limit', 'varying'],
    ['id.y', 'uniform'],
    ['limit / 3u', 'uniform'],
    ['id.x >> 2u', 'uniform'],
    ['id.x >> 1u', 'varying'],
    ['id.x / 12u', 'uniform'],
    ['id.x / 6u', 'varying'],
    ['(id.x + 4u) >> 3u', 'uniform'],
    ['(id.x + 1u) >> 2u', 'varying'],
    ['id.x & 0xfffffffcu', 'uniform'],
    ['id.x & 3u', 'linear'],
    ['id.x % 32u * 8u', 'linear'],
    ['(id.x * 2u + 8u) % 16u', 'linear'],
    ['(id.x * 2u) % 4u', 'varying'],
    ['(id.x + 1u) % 32u', 'varying'],
    ['id.x % 6u', 'varying'],
    ['id.x & 5u', 'varying'],
    ['id.x ^ id.x', 'varying'],
    ['select(1u, 2u, id.x < 64u)', 'uniform'],
    ['select(1u, 2u, id.x < 65u)', 'varying'],
    ['table[id.x >> 2u]', 'uniform'],
    ['table[id.x]', 'varying'],
    ['bitcast<u32>(bitcast<i32>(id.x) >> 4u)', 'uniform'],
  ])('%s is %s', (expression, expected) => {
    expect(shape(expression)).toBe(expected);
  });

  test('an interleaved element and a row of words are read as whole vectors', () => {
    const { facts, kernel } = analysed('let p = pairs[id.x].b; out[id.x] = u32(p);');
    const loads = itemsOf(kernel.body).filter((item) => isValue(item) && item.op === 'load');
    const address = (loads.at(-1) as Value).args[0]!;
    expect(facts.shape(address)).toMatchObject({ kind: 'linear', stride: 4 });
  });
});

/** Which slots are varying, by name. */
function slotsOf(body: string): Record<string, boolean> {
  const kernel = kernelOf(body);
  const facts = analyse(kernel);
  const sets = itemsOf(kernel.body).filter((item) => item.op === 'set');
  return Object.fromEntries(sets.map(({ slot }) => [slot.name, facts.isVaryingSlot(slot)]));
}

describe('where lanes part', () => {
  test('a uniform loop leaves its counter uniform', () => {
    const body = 'var x = 0u; for (var i = 0u; i < limit; i++) { x += i; } out[id.x] = x;';
    expect(slotsOf(body)).toMatchObject({ i: false, x: false });
  });

  test('a varying if makes what it assigns varying', () => {
    const body =
      'var x = 0u; var y = 1u; if (table[id.x] > 3u) { x = 1u; } y = 2u; out[id.x] = x + y;';
    expect(slotsOf(body)).toMatchObject({ x: true, y: false });
  });

  test('a loop that lanes leave one by one makes its counter varying, what it declares not', () => {
    const body = `var i = 0u; loop { var fresh = limit; fresh += 2u; i += fresh;
      if (i > table[id.x]) { break; } } out[id.x] = i;`;
    expect(slotsOf(body)).toMatchObject({ i: true, fresh: false });
  });

  test('a loop that all lanes leave together stays uniform', () => {
    const body = `var i = 0u; var x = 0u; loop { i += 1u; if (i > limit) { break; }
      if (table[id.x] > i) { x += 1u; } } out[id.x] = i + x;`;
    expect(slotsOf(body)).toMatchObject({ i: false, x: true });
  });

  test('an early return of some lanes masks the loop around it', () => {
    const body = `for (var i = 0u; i < limit; i++) { if (table[id.x] == i) { out[id.x] = i; return; }
      for (var j = 0u; j < limit; j++) { out[j] = i; } }`;
    // The whole loop lies inside of what returns: i is declared there, and so stays uniform.
    expect(slotsOf(body)).toMatchObject({ i: false, j: false });
  });
});

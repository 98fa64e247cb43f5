import { describe, expect, test } from 'vitest';
import { Builder } from '../ir/builder.ts';
import type { Memory, Value } from '../ir/ir.ts';
import { demandOf } from './demand.ts';
import { Schedule } from './schedule.ts';
import { analyse } from './uniformity.ts';

const out: Memory = { kind: 'binding', index: 0, writable: true, home: null };

const other: Memory = { kind: 'binding', index: 1, writable: true, home: null };

/** A program that `write` writes, with what loads words and stores them. */
function scheduled(write: (b: Builder, word: (i: number) => Value) => void) {
  const b = new Builder();
  const lane = b.binary('mul', b.lane, b.u32(4));
  write(b, (i) => b.load(out, 'f32', lane, 16 * i));
  const kernel = { name: 'main', body: b.body, scratchBytes: 0, valueCount: b.size };
  const facts = analyse(kernel);
  const schedule = new Schedule(b.body, facts, demandOf(kernel, facts));
  return { body: b.body, schedule, lane };
}

describe('schedule', () => {
  test('a product is part of the sum behind it, a sum does not wait for its use', () => {
    const sums: Value[] = [];
    const products: Value[] = [];
    const { schedule } = scheduled((b, word) => {
      let sum = word(0);
      for (let i = 1; i < 4; i++) {
        const [x, y] = [word(2 * i), word(2 * i + 1)];
        products.push(b.binary('mul', x, y));
        sum = b.binary('add', sum, products.at(-1)!);
        sums.push(sum);
        b.store(out, b.binary('mul', b.lane, b.u32(4)), 400 + i, x);
      }
      b.store(out, b.binary('mul', b.lane, b.u32(4)), 0, sum);
    });
    expect(products.every((product) => schedule.isInline(product))).toBe(true);
    expect(sums.map((sum) => schedule.isInline(sum))).toEqual([false, false, false]);
  });

  test('what only a branch needs is computed in it, in front of what needs it first', () => {
    let needed: Value | undefined;
    const { schedule, body } = scheduled((b, word) => {
      const [x, y] = [word(0), word(1)];
      needed = b.binary('mul', x, y);
      const address = b.binary('mul', b.lane, b.u32(4));
      b.if(b.binary('lt', x, b.f32(1)), () => {
        b.store(out, address, 64, x);
        b.store(out, address, 80, b.binary('add', needed!, needed!));
      });
    });
    const branch = body.items.find((item) => item.op === 'if')!;
    expect(schedule.itemsOf(body)).not.toContain(needed);
    const items = schedule.itemsOf(branch.then);
    expect(items[0]!.op).toBe('store');
    expect(items[1]).toBe(needed);
  });

  test('a load waits for its first use, but not for a store to its memory', () => {
    let [early, late, kept]: (Value | undefined)[] = [];
    const { schedule, body } = scheduled((b, word) => {
      const address = b.binary('mul', b.lane, b.u32(4));
      [early, late, kept] = [word(0), word(1), word(2)];
      const product = b.binary('mul', early, early);
      b.store(other, address, 0, product);
      b.store(other, address, 16, b.binary('mul', late, late));
      b.store(out, address, 64, product);
      b.store(other, address, 32, b.binary('mul', kept, kept));
    });
    const items = schedule.itemsOf(body);
    const firstStore = items.findIndex((item) => item.op === 'store');
    expect(items.indexOf(late!)).toBeGreaterThan(firstStore);
    expect(items.indexOf(kept!)).toBeLessThan(firstStore);
    expect(items.indexOf(early!)).toBeLessThan(firstStore);
  });

  test('nothing moves into a loop', () => {
    let outside: Value | undefined;
    const { schedule, body } = scheduled((b, word) => {
      outside = b.binary('mul', word(0), word(1));
      b.block((end) => {
        b.loop(1, () => {
          b.store(out, b.binary('mul', b.lane, b.u32(4)), 64, b.binary('add', outside!, word(3)));
          b.if(b.binary('lt', word(2), b.f32(0)), () => b.exit(end));
        });
      });
    });
    expect(schedule.itemsOf(body)).toContain(outside);
    expect(schedule.isInline(outside!)).toBe(false);
  });

  test('what nobody needs is not scheduled', () => {
    let unused: Value | undefined;
    const { schedule, body } = scheduled((b, word) => {
      unused = b.binary('mul', word(0), word(1));
    });
    expect(schedule.itemsOf(body)).not.toContain(unused);
  });
});

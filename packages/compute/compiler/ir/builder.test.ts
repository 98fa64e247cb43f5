import { describe, expect, test } from 'vitest';
import { Builder } from './builder.ts';
import type { Memory, Region, Value } from './ir.ts';

const memory = (home: Region): Memory => ({ kind: 'private', offset: 0, home, writable: true });

describe('operations', () => {
  test('constants fold, as WGSL computes them', () => {
    const b = new Builder();
    const sum = b.binary('add', b.constant('i32', 2 ** 31 - 1), b.constant('i32', 1));
    expect(sum).toMatchObject({ op: 'constant', kind: 'i32', value: -(2 ** 31) });
    expect(b.binary('div', b.u32(7), b.u32(0))).toMatchObject({ value: 7 });
    expect(b.convert('u32', b.f32(-3.5))).toMatchObject({ value: 0 });
  });

  test('zeros keep their sign', () => {
    const b = new Builder();
    expect(b.f32(-0)).not.toBe(b.f32(0));
    const x = b.load(memory(b.region), 'f32', b.u32(0), 0);
    expect(b.binary('add', x, b.f32(0))).not.toBe(x);
    expect(b.binary('sub', x, b.f32(0))).toBe(x);
  });

  test('the same operation is computed once, but not carried out of an arm', () => {
    const b = new Builder();
    const x = b.load(memory(b.region), 'u32', b.u32(0), 0);
    const condition = b.binary('lt', x, b.u32(9));
    let inside: Value | undefined;
    b.if(condition, () => {
      inside = b.binary('mul', x, b.u32(3));
      expect(b.binary('mul', x, b.u32(3))).toBe(inside);
    });
    const after = b.binary('mul', x, b.u32(3));
    expect(after).not.toBe(inside);
    b.if(condition, () => expect(b.binary('mul', x, b.u32(3))).toBe(after));
  });

  test('an index in range is not clamped', () => {
    const b = new Builder();
    const x = b.load(memory(b.region), 'u32', b.u32(0), 0);
    const low = b.binary('and', x, b.u32(7));
    expect(b.clamp(low, b.u32(7), false)).toBe(low);
    expect(b.clamp(low, b.u32(6), false).op).toBe('clamp');
  });
});

describe('slots and memory', () => {
  test('a read gives what was written, until an arm may have written', () => {
    const b = new Builder();
    const slot = b.slot('u32', 'x');
    const condition = b.binary('lt', b.parameter(0), b.u32(9));
    b.set(slot, b.u32(1));
    expect(b.get(slot)).toMatchObject({ value: 1 });
    b.if(condition, () => {
      expect(b.get(slot)).toMatchObject({ value: 1 });
      b.set(slot, b.u32(2));
      expect(b.get(slot)).toMatchObject({ value: 2 });
    });
    expect(b.get(slot).op).toBe('get');
  });

  test('a loop starts out knowing nothing that its end may change', () => {
    const b = new Builder();
    const slot = b.slot('u32', 'x');
    const words = memory(b.region);
    b.set(slot, b.u32(1));
    b.store(words, b.u32(0), 4, b.f32(2));
    b.loop(1, () => {
      expect(b.get(slot).op).toBe('get');
      expect(b.load(words, 'f32', b.u32(0), 4).op).toBe('load');
    });
  });

  test('a store forgets only words that it may have hit', () => {
    const b = new Builder();
    const words = memory(b.region);
    const fixed = b.load(words, 'f32', b.u32(0), 0);
    b.store(words, b.u32(0), 4, b.f32(2));
    expect(b.load(words, 'f32', b.u32(0), 0)).toBe(fixed);
    b.store(words, b.binary('mul', b.parameter(0), b.u32(16)), 0, b.f32(3));
    expect(b.load(words, 'f32', b.u32(0), 0)).not.toBe(fixed);
  });
});

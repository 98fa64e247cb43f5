import { array, assert, integer, property } from 'fast-check';
import { expect, test } from 'vitest';
import { planMemory } from './memory-plan.ts';

test('a chain of any length needs two slots', () => {
  const steps = Array.from({ length: 50 }, (_, i) => ({
    writes: [i],
    reads: i > 0 ? [i - 1] : [],
  }));
  const plan = planMemory(steps, () => 10);
  expect(plan.slotSizes).toEqual([10, 10]);
});

const sizeOf = (one: number) => 1 + ((one * 7) % 5);

test('no two values that live at the same time share a slot, and each fits', () => {
  const value = integer({ min: 0, max: 30 });
  assert(
    property(array(array(value, { maxLength: 4 }), { minLength: 1, maxLength: 31 }), (reads) => {
      const steps = reads.map((all, i) => ({ writes: [i], reads: all.filter((one) => one < i) }));
      const { slotOf, slotSizes } = planMemory(steps, sizeOf);
      const lastRead = (one: number) =>
        steps.reduce((last, step, i) => (step.reads.includes(one) ? i : last), one);
      for (const [one, slot] of slotOf) {
        expect(slotSizes[slot]).toBeGreaterThanOrEqual(sizeOf(one));
        for (const [other, otherSlot] of slotOf) {
          if (other <= one || slot !== otherSlot) continue;
          expect(other).toBeGreaterThan(lastRead(one));
        }
      }
    }),
  );
});

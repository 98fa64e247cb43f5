/** Which intermediate results can lie in the same memory one after the other: pure. */

export type PlanStep<T> = { readonly reads: readonly T[]; readonly writes: readonly T[] };

export type MemoryPlan<T> = {
  readonly slotOf: ReadonlyMap<T, number>;
  readonly slotSizes: readonly number[];
};

/**
 * A slot for everything written, from the step that writes it to the last that reads it. The smallest
 * free slot that is large enough is taken; else the largest free one grows.
 */
export function planMemory<T>(
  steps: readonly PlanStep<T>[],
  sizeOf: (value: T) => number,
): MemoryPlan<T> {
  const lastRead = new Map<T, number>();
  steps.forEach((step, i) => {
    for (const value of [...step.writes, ...step.reads]) lastRead.set(value, i);
  });
  const slotOf = new Map<T, number>();
  const slotSizes: number[] = [];
  const free = new Set<number>();
  steps.forEach((step, i) => {
    for (const value of step.writes) {
      const slot = takeSlot(free, slotSizes, sizeOf(value));
      slotOf.set(value, slot);
    }
    for (const value of new Set([...step.reads, ...step.writes])) {
      if (lastRead.get(value) === i && slotOf.has(value)) free.add(slotOf.get(value)!);
    }
  });
  return { slotOf, slotSizes };
}

function takeSlot(free: Set<number>, slotSizes: number[], size: number): number {
  const bySize = [...free].toSorted((a, b) => slotSizes[a]! - slotSizes[b]!);
  const slot = bySize.find((one) => slotSizes[one]! >= size) ?? bySize.at(-1) ?? slotSizes.length;
  free.delete(slot);
  slotSizes[slot] = Math.max(slotSizes[slot] ?? 0, size);
  return slot;
}

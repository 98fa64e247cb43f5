/** The integer random numbers of compute's random.wgsl, on the side of TypeScript: equal to the bit. */

/** 32 well-mixed bits (O'Neill 2014; Jarzynski and Olano 2020). */
export function pcgHash(value: number): number {
  const state = (Math.imul(value, 747796405) + 2891336453) >>> 0;
  const word = Math.imul((state >>> ((state >>> 28) + 4)) ^ state, 277803737) >>> 0;
  return ((word >>> 22) ^ word) >>> 0;
}

/** One hash of any count of numbers; the order matters. As pcgHash2 and pcgHash3 for two and three. */
export function pcgHashOf(...values: readonly number[]): number {
  return values.reduce((hash, value, i) => pcgHash(i === 0 ? value : (hash + value) >>> 0), 0);
}

/** 0 .. count - 1 from 32 random bits, by the upper 16 (count at most 65536). */
export function uniformBelow(bits: number, count: number): number {
  return ((bits >>> 16) * count) >>> 16;
}

/**
 * Mean 0, variance 1: the sum of eight random bytes (Irwin and Hall), as `noise` of evolution.wgsl.
 * Rounded to f32.
 */
export function noise(key: number, index: number): number {
  const a = pcgHashOf(key, index);
  const b = pcgHash(a);
  let sum = 0;
  for (let shift = 0; shift < 32; shift += 8) {
    sum += ((a >>> shift) & 255) + ((b >>> shift) & 255);
  }
  return Math.fround((sum - 1020) * Math.fround(0.0047842983));
}

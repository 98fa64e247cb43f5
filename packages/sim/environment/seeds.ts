/** PCG-RXS-M-XS of one LCG step, as `pcgHash` of random.wgsl: 32 well-mixed bits of a u32. */
export function pcgHash(value: number): number {
  const state = (Math.imul(value, 747796405) + 2891336453) >>> 0;
  const word = Math.imul((state >>> ((state >>> 28) + 4)) ^ state, 277803737) >>> 0;
  return ((word >>> 22) ^ word) >>> 0;
}

/** u32 [count]: a seed of its own for every world, all from one. */
export function worldSeeds(seed: number, count: number): Uint32Array<ArrayBuffer> {
  const first = pcgHash(seed);
  return Uint32Array.from({ length: count }, (_, n) => pcgHash(first + n));
}

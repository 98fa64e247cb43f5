/**
 * Entropy as an argument: a small generator with a stated seed, equal on every machine.
 * sfc32 (Chris Doty-Humphrey, PractRand): 128 bits of state, passes PractRand; integers only.
 */

export type Rng = {
  /** An integer, uniform in [0, bound); bound is 1 .. 2^32. */
  nextInt(bound: number): number;
  /** Uniform in [0, 1), 32 bits. */
  nextFloat(): number;
};

/** Rounds before the first output, so that near seeds give unrelated streams (author's advice). */
const WARM_UP_ROUNDS = 12;

export function createRng(seed: number): Rng {
  let a = seed | 0;
  let b = Math.floor(seed / 2 ** 32) | 0;
  let c = 0x9e3779b9 | 0;
  let counter = 1;
  const next = (): number => {
    const out = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + out) | 0;
    return out >>> 0;
  };
  for (let round = 0; round < WARM_UP_ROUNDS; round++) next();
  return {
    // The bias of the product is under bound / 2^32: no consumer here can tell.
    nextInt: (bound) => Math.floor((next() / 2 ** 32) * bound),
    nextFloat: () => next() / 2 ** 32,
  };
}

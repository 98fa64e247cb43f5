/** Sizes of the steps that are timed, for every library. */
export const SIZES = {
  mlp: { batch: 1024, inputs: 64, hidden: 256, outputs: 8 },
  transformer: { batch: 16, tokens: 32, width: 128, heads: 4, layers: 4, vocabulary: 256 },
  /** Convolutions of stride 2 from 64 x 64 x 3 down to 4 x 4 x 64, and back by doubling. */
  vae: { batch: 16, size: 64, latent: 32, down: [16, 32, 64, 64], up: [64, 32, 16] },
} as const;

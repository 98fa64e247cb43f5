import { expect } from 'vitest';
import { noise, pcgHashOf } from '../random/pcg.ts';
import type { EvolutionTrainer } from './trainer.ts';

/** For tests on both targets: a run's first generation is what plain arithmetic makes of it. */
export async function expectFirstStep(trainer: EvolutionTrainer, seed: number): Promise<void> {
  const before = (await trainer.player('before')).weights;
  await trainer.generation();
  const after = (await trainer.player('after')).weights;
  const { fitness, utilities } = await trainer.latestRanks();
  expect(new Set(fitness).size).toBeGreaterThan(1);
  for (const [m, own] of fitness.entries()) {
    const below = fitness.filter((theirs) => theirs < own).length;
    const equal = fitness.filter((theirs) => theirs === own).length;
    const rank = (below + (equal - 1) / 2) / (fitness.length - 1) - 0.5;
    expect(utilities[m]).toBeCloseTo(rank, 6);
  }
  const { noiseScale, learningRate, weightDecay, memberCount } = trainer.options;
  for (let p = 0; p < before.length; p++) {
    let sum = 0;
    for (let pair = 0; pair < memberCount / 2; pair++) {
      const gain = utilities[2 * pair]! - utilities[2 * pair + 1]!;
      sum += gain * noise(pcgHashOf(seed, 0, pair), p);
    }
    const gradient = sum / (memberCount * noiseScale);
    const adam = gradient / (Math.abs(gradient) + 1e-8); // what its first step comes to
    const expected = before[p]! + learningRate * (adam - weightDecay * before[p]!);
    expect(after[p]).toBeCloseTo(expected, 5);
  }
}

/** How long a queue of uneven jobs takes six uneven peers, by strategy, in simulated time. */
import { STRATEGIES, type Strategy } from '@dreampitch/swarm';
import { Shift } from '../simulation/shift.ts';
import { figureOf, type Figure } from './figure.ts';

const SPEEDS = [40, 20, 10, 10, 5, 2];
const JOBS = 150;
const SEEDS = [1, 2, 3, 4, 5];

function seconds(strategy: Strategy, seed: number): number {
  const workers = SPEEDS.map((speedPerSecond, i) => {
    return { peer: `w${i}`, speedPerSecond, noiseShare: 0.3 };
  });
  const shift = new Shift({ workers, strategy, seed });
  for (let i = 0; i < JOBS; i++) shift.submit({ job: `j${i}`, costUnits: 2 + ((i * 7) % 19) });
  shift.run({ untilMs: 300_000, stopWhenDone: true });
  if (shift.accepted.count !== JOBS) throw new Error(`${strategy}: not every job was done`);
  return shift.nowMs / 1000;
}

export async function bench(): Promise<Figure[]> {
  return STRATEGIES.map((strategy) =>
    figureOf(
      `jobs.${strategy}`,
      's simulated',
      SEEDS.map((seed) => seconds(strategy, seed)),
    ),
  );
}

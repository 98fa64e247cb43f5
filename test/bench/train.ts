/**
 * What training costs beyond its parts. One repetition is a whole generation (noise, opponents, fresh
 * starts, every decision with its policies, steps and tallies, fitness, ranks, Adam, read-back)
 * against the same number of environment steps alone and policy evaluations alone, on the same
 * worlds in the same state. A step is one tick (1/60 s) of one world.
 */
import { openCompute } from '@dreampitch/compute';
import { EvolutionTrainer, soccerTask } from '@dreampitch/learning';
import { type Figure, figureOf } from './figure.ts';

const SEED = 1;
const WARM_UP_GENERATIONS = 10; // until the players move about, and V8 has optimised
const REPETITIONS = 7;
/** The parts alternate so often that the worlds stay as they are in training. */
const DECISIONS_PER_PART = 10;

const now = () => performance.now() / 1000;

export async function bench(): Promise<Figure[]> {
  using compute = await openCompute();
  using trainer = await EvolutionTrainer.create(compute, {
    task: soccerTask(1),
    seed: SEED,
    clock: now,
  });
  for (let i = 0; i < WARM_UP_GENERATIONS; i++) await trainer.generation();

  const { stepsPerGeneration, ticksPerAction } = trainer.options;
  const steps = trainer.worldCount * stepsPerGeneration * ticksPerAction;
  const measured = { ratio: [] as number[], whole: [] as number[], environment: [] as number[] };
  for (let i = 0; i < REPETITIONS; i++) {
    const start = now();
    await trainer.generation();
    const whole = now() - start;
    let policies = 0;
    let environment = 0;
    for (let decision = 0; decision < stepsPerGeneration; decision += DECISIONS_PER_PART) {
      const times = Math.min(DECISIONS_PER_PART, stepsPerGeneration - decision);
      const begun = now();
      compute.submit(trainer.stages.policies, { times });
      await compute.finished();
      const between = now();
      compute.submit(trainer.stages.environment, { times });
      await compute.finished();
      policies += between - begun;
      environment += now() - between;
    }
    measured.ratio.push(whole / (policies + environment));
    measured.whole.push(steps / whole);
    measured.environment.push(steps / environment);
  }
  console.log(`soccer-1v1, ${trainer.worldCount} worlds, seed ${SEED}, ${compute.device}`);
  return [
    figureOf('evolution.timeOverParts', 'x', measured.ratio),
    figureOf('evolution.stepsPerSecond', 'steps/s', measured.whole),
    figureOf('environment.stepsPerSecond', 'steps/s', measured.environment),
  ];
}

/** A whole iteration of proximal policy optimisation over its parts, with 4096 worlds. */
import type { Compute } from '@dreampitch/compute';
import { Ppo, ppoDefaultsFor, type PpoOptions } from '@dreampitch/learning';
import { type Environment, environmentById, soccer } from '@dreampitch/sim';
import { type Figure, figureOf } from '../figure.ts';

const REPETITIONS = 5;
const WARM_UP_ITERATIONS = 1;
const WORLDS = 4096;

const now = () => performance.now() / 1000;

function optionsFor(environment: Environment): PpoOptions {
  const sizes = { worldCount: WORLDS, batchSize: 16_384, epochCount: 4, stepsMax: 1e9 };
  return { ...ppoDefaultsFor(environment), ...sizes };
}

export async function ppoFigures(compute: Compute): Promise<Figure[]> {
  return [
    ...(await iterationFigures(compute, 'cartpole', environmentById('CartPole-v1')!)),
    ...(await iterationFigures(compute, 'soccer1v1', soccer(1))),
  ];
}

/** Environment steps, policy evaluations and updates each alone, and all of them together. */
async function iterationFigures(
  compute: Compute,
  name: string,
  environment: Environment,
): Promise<Figure[]> {
  const options = optionsFor(environment);
  using ppo = await Ppo.create(compute, { environment, options, seed: 1 });
  const { stepCount } = options;
  const decisions = WORLDS * stepCount;
  for (let i = 0; i < WARM_UP_ITERATIONS; i++) await ppo.iteration();
  const update = await updatesOf(compute, ppo);
  const times = { environment: stepCount, policy: stepCount, update };
  const ratios: number[] = [];
  const rates: number[] = [];
  for (let i = 0; i < REPETITIONS; i++) {
    const start = now();
    await ppo.iteration();
    const whole = now() - start;
    const begun = now();
    for (const part of ['environment', 'policy', 'update'] as const) {
      compute.submit(ppo.stages[part], { times: times[part] });
      await compute.finished();
    }
    ratios.push(whole / (now() - begun));
    rates.push(decisions / whole);
  }
  return [
    figureOf(`ppo.${name}.timeOverParts`, 'x', ratios),
    figureOf(`ppo.${name}.stepsPerSecond`, 'steps/s', rates),
  ];
}

/** Updates of an iteration, counted: how many there are depends on who of a world learns. */
async function updatesOf(compute: Compute, ppo: Ppo): Promise<number> {
  const [first] = ppo.stages.update;
  const submit = compute.submit.bind(compute);
  let count = 0;
  compute.submit = (dispatches, options) => {
    if (dispatches[0] === first) count += options?.times ?? 1;
    submit(dispatches, options);
  };
  await ppo.iteration();
  compute.submit = submit;
  return count;
}

/**
 * Soft actor-critic (Haarnoja et al. 2018, arXiv 1812.05905): numbers from a squashed normal
 * distribution, two critics with slow targets, and a temperature that keeps the entropy where it should
 * be, on worlds that are stepped side by side. How play and updates take turns is in replay-run.ts.
 * Axes: L actors, D features, A numbers, B batch.
 */
import type { Compute, ComputeBuffer } from '@dreampitch/compute';
import type { Environment } from '@dreampitch/sim';
import { pcgHashOf } from '../random/pcg.ts';
import { square } from '../tensor/functions.ts';
import { gradients } from '../tensor/gradient.ts';
import {
  add,
  divide,
  exp,
  input,
  maximum,
  minimum,
  multiply,
  negate,
  reshape,
  slice,
  state,
  stopGradient,
  subtract,
  sum,
} from '../tensor/operators.ts';
import { adam, clipByNorm } from '../tensor/optimisers.ts';
import type { Program, Update } from '../tensor/program.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { whyNoActor } from './actor-space.ts';
import { learningProgram } from './finite.ts';
import type { Parameter } from './mlp.ts';
import type { BuildOptions, Method, ReplayAlgorithm } from './replay-run.ts';
import { type Own, statesOf } from './run.ts';
import { actProgram, type Networks, networksOf } from './sac-networks.ts';
import { SAC_OPTIONS, sacDefaultsFor, type SacOptions } from './sac-options.ts';

const [ACTION_STREAM, LEARN_STREAM] = [2, 4] as const;

export const SAC: ReplayAlgorithm<SacOptions> = {
  id: 'sac',
  options: SAC_OPTIONS,
  iterationSteps: 32,
  losses: ['critic', 'actor', 'entropy', 'temperature'],
  defaultsFor: sacDefaultsFor,
  whyNot: whyNotSac,
  remembers: (_, space) => ({ actionWords: space.count, nStep: 1, priorityPower: null }),
  parameters: (options, space, seed) => learnedOf(networksOf(space, options, seed)),
  build,
};

/** Why it does not learn this environment, in words; null: it does. */
function whyNotSac(environment: Environment): string | null {
  const numbers = environment.actionSpace.kind === 'box';
  const problem = `Soft actor-critic wants numbers; actions of ${environment.id} are choices.`;
  return whyNoActor(environment) ?? (numbers ? null : problem);
}

/** What gradients change, as far as it is worth keeping for another run. */
function learnedOf({ actor, critics, temperature }: Networks): readonly Parameter[] {
  return [...actor.parameters, ...critics.parameters, temperature];
}

async function build(own: Own, compute: Compute, o: BuildOptions<SacOptions>): Promise<Method> {
  const { options, seed, play, replay } = o;
  const networks = networksOf(play.actors.space, options, seed);
  const { actor, temperature } = networks;
  const learning = await learnProgram(compute, { networks, batch: replay.batch, options });
  const learn = own(learning.program);
  const acting = await actProgram(compute, { actor, play, replay, learn, options });
  const act = own(acting.program);
  return {
    learn,
    act,
    decided: act.buffer('numbers'),
    errors: null,
    states: {
      [temperature.name]: { buffer: learn.buffer(temperature.name) },
      ...statesOf(learn, learning.updates),
      ...statesOf(act, acting.updates),
    },
    playing: { name: 'actor', parameters: actor.parameters, output: actor.output },
    followersOf: (name) => (name.startsWith('critic') ? [name.replace('critic', 'target')] : []),
    begin() {
      act.write('seed', Uint32Array.of(pcgHashOf(seed, ACTION_STREAM)));
      learn.write('noise', Uint32Array.of(pcgHashOf(seed, LEARN_STREAM)));
    },
    nStepAt: () => 1,
    schedule(done) {
      learn.write('rate', Float32Array.of(options.learningRate * (options.falls ? 1 - done : 1)));
    },
  };
}

/** Algorithm 1 of the paper, one gradient step. */
async function learnProgram(
  compute: Compute,
  o: { networks: Networks; batch: Readonly<Record<string, ComputeBuffer>>; options: SacOptions },
): Promise<{ readonly program: Program; readonly updates: readonly Update[] }> {
  const { networks, batch, options } = o;
  const { actor, critics, targets, temperature } = networks;
  const B = options.batchSize;
  const D = actor.parameters[0]!.tensor.shape[1]!;
  const A = critics.parameters[0]!.tensor.shape[1]! - D;
  const [seen, after] = [input('batchSeen', [B, D]), input('batchAfter', [B, D])];
  const taken = input('batchDrawn', [B, A]);
  const outcome = input('batchOutcome', [B, 4]);
  const column = (i: number) => reshape(slice(outcome, { axis: 1, start: i, end: i + 1 }), [B]);
  const [gained, factor, counts] = [0, 1, 2].map(column) as [Tensor, Tensor, Tensor];
  const counted = maximum(sum(counts), 1);
  const average = (x: Tensor) => divide(sum(multiply(x, counts)), counted);
  const noise = state('noise', [], 'u32');
  const alpha = stopGradient(exp(temperature.tensor));

  // Equations 5 and 6: the critics towards the reward and the soft value of what follows.
  const next = actor.draw(after, { seed: noise, stream: 0 });
  const later = minimum(...targets.q(after, next.action));
  const outlook = { later, logChance: next.logChance, alpha };
  const wanted = stopGradient(softTarget({ gained, factor, ...outlook }));
  const errors = critics.q(seen, taken).map((q) => average(square(subtract(q, wanted))));
  const criticLoss = multiply(add(errors[0]!, errors[1]!), 0.5);
  // Equation 9: the actor towards what the critics hold for good, and towards chance.
  const now = actor.draw(seen, { seed: noise, stream: 1 });
  const better = minimum(...critics.q(seen, now.action));
  const actorLoss = average(subtract(multiply(alpha, now.logChance), better));
  // Equation 18: the temperature towards an entropy of -1 per number.
  const entropy = negate(average(now.logChance));
  const off = stopGradient(add(entropy, A));
  const temperatureLoss = multiply(temperature.tensor, off);

  const learned: [Tensor, readonly Parameter[]][] = [
    [criticLoss, critics.parameters],
    [actorLoss, actor.parameters],
  ];
  if (options.temperature === 0) learned.push([temperatureLoss, [temperature]]);
  const trained = learned.flatMap(([loss, parameters]) => {
    const weights = parameters.map(({ tensor }) => tensor);
    return gradients(loss, weights).map((gradient, i) => {
      return { name: parameters[i]!.name, weight: weights[i]!, gradient };
    });
  });
  const steps = adam(trained, { rate: input('rate', []) });
  const followed = critics.parameters.map(({ tensor }, i) => {
    const { value } = steps.find((update) => update.state === tensor)!;
    const old = targets.parameters[i]!.tensor;
    return { state: old, value: add(old, multiply(subtract(value, old), options.targetShare)) };
  });
  const drawn = { state: noise, value: add(noise, 1) };
  const { norm } = clipByNorm(
    trained.map(({ gradient }) => gradient),
    1,
  );
  return await learningProgram(compute, {
    updates: [...steps, ...followed, drawn],
    signals: [criticLoss, actorLoss, norm],
    reported: [criticLoss, actorLoss, entropy, exp(temperature.tensor)],
    bound: batch,
  });
}

/**
 * Of steps [B]: what was gained, and the soft value of what follows (equation 3), which is what the
 * critics see in an action drawn there, and its surprise. `factor`: the discount, or 0 after an end.
 */
export function softTarget(o: {
  readonly gained: Tensor;
  readonly factor: Tensor;
  readonly later: Tensor; // the smaller of both critics
  readonly logChance: Tensor;
  readonly alpha: Tensor;
}): Tensor {
  const soft = subtract(o.later, multiply(o.alpha, o.logChance));
  return add(o.gained, multiply(o.factor, soft));
}

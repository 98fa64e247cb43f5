/**
 * Deep Q-learning (Mnih et al. 2015, doi 10.1038/nature14236) with double targets (van Hasselt et al.
 * 2016, arXiv 1509.06461), dueling heads (Wang et al. 2016, arXiv 1511.06581), n-step returns and
 * prioritised replay (Schaul et al. 2016, arXiv 1511.05952), on worlds that are stepped side by side.
 * How play and updates take turns is in replay-run.ts. Axes: L actors, D features, B batch.
 */
import type { Compute, ComputeBuffer } from '@dreampitch/compute';
import type { Environment } from '@dreampitch/sim';
import { pcgHashOf } from '../random/pcg.ts';
import { mean } from '../tensor/functions.ts';
import { gradients } from '../tensor/gradient.ts';
import {
  abs,
  add,
  argmax,
  divide,
  equal,
  exp,
  indices,
  input,
  log,
  max,
  maximum,
  minimum,
  multiply,
  type Operand,
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
import { type ActorSpace, whyNoActor } from './actor-space.ts';
import { actProgram, type Networks, QNetwork } from './dqn-networks.ts';
import { DQN_OPTIONS, dqnDefaultsFor, type DqnOptions } from './dqn-options.ts';
import { learningProgram, updateCount } from './finite.ts';
import type { BuildOptions, Method, ReplayAlgorithm } from './replay-run.ts';
import { type Own, statesOf } from './run.ts';

const ACTION_STREAM = 2;
/** The share of update n is this over n and this. */
const TENTH = 10;

export const DQN: ReplayAlgorithm<DqnOptions> = {
  id: 'dqn',
  options: DQN_OPTIONS,
  iterationSteps: 64,
  losses: ['loss', 'value'],
  defaultsFor: dqnDefaultsFor,
  whyNot: whyNotDqn,
  remembers: ({ nStep, prioritised, priorityPower }) => ({
    actionWords: 1,
    nStep,
    priorityPower: prioritised ? priorityPower : null,
  }),
  parameters: (options, space, seed) => networksOf(space, options, seed).online.parameters.all,
  build,
};

/** Why it does not learn this environment, in words; null: it does. */
function whyNotDqn(environment: Environment): string | null {
  const choices = environment.actionSpace.kind === 'discrete';
  const problem = `Deep Q-learning wants choices; actions of ${environment.id} are numbers.`;
  return whyNoActor(environment) ?? (choices ? null : problem);
}

function networksOf(space: ActorSpace, options: DqnOptions, seed: number): Networks {
  const { hidden, dueling } = options;
  const sizes = [space.inputs, ...hidden, space.count];
  const shaped = { sizes, bounds: state('seen.bounds', [space.inputs]), dueling, seed };
  const network = (name: string) => new QNetwork(name, shaped);
  const average = options.averages ? network('average') : null;
  return { online: network('q'), target: network('target'), average };
}

async function build(own: Own, compute: Compute, o: BuildOptions<DqnOptions>): Promise<Method> {
  const { options, seed, play, replay } = o;
  const networks = networksOf(play.actors.space, options, seed);
  const { online, average } = networks;
  const learning = await learnProgram(compute, { networks, batch: replay.batch, options });
  const learn = own(learning.program);
  const acting = await actProgram(compute, { networks, play, replay, learn, options });
  const act = own(acting.program);
  return {
    learn,
    act,
    decided: act.buffer('choices'),
    errors: learn.buffer('errors'),
    states: { ...statesOf(learn, learning.updates), ...statesOf(act, acting.updates) },
    // The best choice has the largest advantage, so the value's head is left out.
    playing: average
      ? { name: 'average', parameters: average.parameters.all, output: 'choice' }
      : { name: 'q', parameters: online.parameters.all, output: 'choice' },
    followersOf: (name) =>
      (average ? ['target', 'average'] : ['target']).map((other) => name.replace(/^q/, other)),
    begin() {
      act.write('seed', Uint32Array.of(pcgHashOf(seed, ACTION_STREAM)));
    },
    nStepAt(done) {
      const { nStep, nStepShare } = options;
      if (nStepShare === 0) return nStep;
      return Math.max(1, Math.ceil(nStep * (1 - done / nStepShare)));
    },
    schedule(done) {
      learn.write('rate', Float32Array.of(options.learningRate * (options.falls ? 1 - done : 1)));
      const { priorityCorrection: beta } = options;
      learn.write('beta', Float32Array.of(beta + done * (1 - beta)));
    },
  };
}

/** The error of Q (Huber's, beyond errorMax) against the return and the target network's value after it. */
async function learnProgram(
  compute: Compute,
  o: { networks: Networks; batch: Readonly<Record<string, ComputeBuffer>>; options: DqnOptions },
): Promise<{ readonly program: Program; readonly updates: readonly Update[] }> {
  const { networks, batch, options } = o;
  const { online, target, average } = networks;
  const B = options.batchSize;
  const D = online.parameters.all[0]!.tensor.shape[1]!;
  const [seen, after] = [input('batchSeen', [B, D]), input('batchAfter', [B, D])];
  const taken = input('batchDrawn', [B], 'u32');
  const outcome = input('batchOutcome', [B, 4]);
  const column = (i: number) => reshape(slice(outcome, { axis: 1, start: i, end: i + 1 }), [B]);
  const [total, factor, counts, chance] = [0, 1, 2, 3].map(column) as [
    Tensor,
    Tensor,
    Tensor,
    Tensor,
  ];

  const later = target.q(after);
  const best = argmax(options.double ? online.q(after) : later);
  const goal = add(total, multiply(factor, chosen(later, best)));
  const share = options.gapShare;
  const gap = share > 0 ? gapOf(target.q(seen), { taken, share }) : 0;
  const wanted = stopGradient(subtract(goal, gap));
  const now = chosen(online.q(seen), taken);
  const off = abs(subtract(now, wanted));
  const near = minimum(off, options.errorMax);
  const huber = multiply(near, subtract(off, multiply(near, 0.5)));
  const beta = input('beta', []);
  const weights = options.prioritised ? importanceWeights(chance, beta) : counts;
  const loss = divide(sum(multiply(huber, multiply(weights, counts))), maximum(sum(counts), 1));

  const parameters = online.parameters.all;
  const slopes = gradients(
    loss,
    parameters.map(({ tensor }) => tensor),
  );
  const { clipped, norm } = clipByNorm(slopes, options.gradientNormMax);
  const trained = parameters.map(({ name, tensor }, i) => {
    return { name, weight: tensor, gradient: clipped[i]! };
  });
  const steps = adam(trained, { rate: input('rate', []) });
  const followedBy = (follower: QNetwork, share: Operand) =>
    parameters.map(({ tensor }, i) => {
      const { value } = steps.find((update) => update.state === tensor)!;
      const old = follower.parameters.all[i]!.tensor;
      return { state: old, value: add(old, multiply(subtract(value, old), share)) };
    });
  // Polyak and Juditsky 1992, but of about the last tenth of all updates: the first ones knew little.
  const latest = divide(TENTH, add(updateCount, TENTH));
  return await learningProgram(compute, {
    updates: [
      ...steps,
      ...followedBy(target, options.targetShare),
      ...(average ? followedBy(average, latest) : []),
    ],
    signals: [loss, norm],
    reported: [loss, mean(now)],
    outputs: { errors: multiply(off, 1), beta },
    bound: batch,
  });
}

/** Of chances [B] in units of the uniform one (Schaul et al., section 3.4); the largest is 1. */
export function importanceWeights(chance: Tensor, beta: Tensor): Tensor {
  const made = exp(multiply(log(maximum(chance, 1e-20)), multiply(beta, -1)));
  return divide(made, max(made));
}

/**
 * [B]. Advantage learning (Bellemare et al. 2016, arXiv 1512.04860): what was less than best is
 * worth less by a share of how much less, so that choices stand further apart than errors of Q.
 */
export function gapOf(q: Tensor, o: { taken: Tensor; share: number }): Tensor {
  return multiply(subtract(max(q, { axes: [1] }), chosen(q, o.taken)), o.share);
}

/** Of each row [B, choices] the element of its choice, u32 [B]. */
function chosen(q: Tensor, choice: Tensor): Tensor {
  const [B, count] = q.shape as [number, number];
  const isChosen = equal(indices([count]), reshape(choice, [B, 1]));
  return sum(multiply(q, isChosen), { axes: [1] });
}

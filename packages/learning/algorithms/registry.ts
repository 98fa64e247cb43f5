/** The algorithms that there are, by name. */
import type { Algorithm } from './algorithm.ts';
import { actorSpaceOf, whyNoActor } from './actor-space.ts';
import { BehaviourCloning, cloningParameters } from './behaviour-cloning.ts';
import { CLONING_DEFAULTS, CLONING_OPTIONS, type CloningOptions } from './cloning-options.ts';
import { DQN } from './dqn.ts';
import type { Shape } from '../tensor/shape.ts';
import { Ppo, ppoParameters } from './ppo.ts';
import { PPO_OPTIONS, ppoDefaultsFor, type PpoOptions } from './ppo-options.ts';
import {
  type ReplayAlgorithm,
  type ReplayOptions,
  ReplayRun,
  whyNotRemembered,
} from './replay-run.ts';
import { SAC } from './sac.ts';
import { defaultsOf } from './options.ts';
import { Q_LEARNING_OPTIONS } from './q-learning-options.ts';
import { QLearningRun, whyNotTable } from './q-learning-run.ts';

export const ALGORITHMS: readonly Algorithm[] = [
  {
    id: 'ppo',
    name: 'Proximal policy optimisation',
    words: 'Plays many worlds at once and moves towards what went better than expected; steady.',
    options: PPO_OPTIONS,
    keeps: true,
    withExamples: 'It first imitates what you did in your matches, then plays and gets better.',
    defaultsFor: ppoDefaultsFor,
    whyNot: whyNoActor,
    whyNotExamples: () => null,
    weightShapes: (environment, options) =>
      shapesOf(ppoParameters(actorSpaceOf(environment), options as PpoOptions)),
    create: (compute, o) => Ppo.create(compute, o),
    resume: (compute, o) => Ppo.resume(compute, o),
  },
  replayed(DQN, {
    name: 'Deep Q-learning',
    words: 'Learns what each choice is worth from a memory of steps; thrifty with steps.',
  }),
  replayed(SAC, {
    name: 'Soft actor-critic',
    words: 'Learns numbers from a memory of steps, and keeps trying things; thrifty with steps.',
  }),
  {
    id: 'q-learning',
    name: 'Q-learning',
    words: 'Writes down in a table what every choice is worth in every state.',
    options: Q_LEARNING_OPTIONS,
    defaultsFor: () => defaultsOf(Q_LEARNING_OPTIONS),
    whyNot: whyNotTable,
    withExamples: 'Its table begins with what the steps of kept episodes were worth.',
    whyNotExamples: () => null,
    weightShapes: () => ({}), // a run begins with an empty table
    create: (compute, o) => QLearningRun.create(compute, o),
    resume: (compute, o) => QLearningRun.resume(compute, o),
  },
  {
    id: 'cloning',
    name: 'Behaviour cloning',
    words: 'Imitates what you did in kept matches; as good as its example at best.',
    options: CLONING_OPTIONS,
    keeps: true,
    imitates: true,
    withExamples: 'It learns from what you did in your matches, and from nothing else.',
    whyNotExamples: () => null,
    weightShapes: (environment, options) =>
      shapesOf(cloningParameters(actorSpaceOf(environment), options as CloningOptions)),
    defaultsFor: () => CLONING_DEFAULTS,
    whyNot: whyNoActor,
    create: (compute, o) => BehaviourCloning.create(compute, o),
    resume: (compute, o) => BehaviourCloning.resume(compute, o),
  },
];

export function algorithmById(id: string): Algorithm | null {
  return ALGORITHMS.find((algorithm) => algorithm.id === id) ?? null;
}

function replayed<O extends ReplayOptions>(
  of: ReplayAlgorithm<O>,
  about: Pick<Algorithm, 'name' | 'words'>,
): Algorithm {
  return {
    ...about,
    id: of.id,
    options: of.options,
    withExamples: 'Its memory begins with the steps of your matches; it learns from them at once.',
    defaultsFor: (environment) => of.defaultsFor(environment),
    whyNot: (environment) => of.whyNot(environment),
    whyNotExamples: (_, options) => whyNotRemembered(options),
    weightShapes: (environment, options) =>
      shapesOf(of.parameters(options as O, actorSpaceOf(environment), 0)),
    create: (compute, o) => ReplayRun.create(of, compute, o),
    resume: (compute, o) => ReplayRun.resume(of, compute, o),
  };
}

const shapesOf = (parameters: readonly { name: string; tensor: { shape: Shape } }[]) =>
  Object.fromEntries(parameters.map(({ name, tensor }) => [name, tensor.shape]));

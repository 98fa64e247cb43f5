/** The algorithms that there are, by name. */
import type { Algorithm } from './algorithm.ts';
import { whyNoActor } from './actor-space.ts';
import { BehaviourCloning } from './behaviour-cloning.ts';
import { CLONING_DEFAULTS, CLONING_OPTIONS } from './cloning-options.ts';
import { Dqn, whyNotDqn } from './dqn.ts';
import { DQN_OPTIONS, dqnDefaultsFor } from './dqn-options.ts';
import { Ppo } from './ppo.ts';
import { PPO_OPTIONS, ppoDefaultsFor } from './ppo-options.ts';
import { Sac, whyNotSac } from './sac.ts';
import { defaultsOf } from './options.ts';
import { Q_LEARNING_OPTIONS } from './q-learning-options.ts';
import { QLearningRun, whyNotTable } from './q-learning-run.ts';
import { SAC_OPTIONS, sacDefaultsFor } from './sac-options.ts';

export const ALGORITHMS: readonly Algorithm[] = [
  {
    id: 'ppo',
    name: 'Proximal policy optimisation',
    words: 'Plays many worlds at once and moves towards what went better than expected; steady.',
    options: PPO_OPTIONS,
    keeps: true,
    defaultsFor: ppoDefaultsFor,
    whyNot: whyNoActor,
    create: (compute, o) => Ppo.create(compute, o),
    resume: (compute, o) => Ppo.resume(compute, o),
  },
  {
    id: 'dqn',
    name: 'Deep Q-learning',
    words: 'Learns what each choice is worth from a memory of steps; thrifty with steps.',
    options: DQN_OPTIONS,
    defaultsFor: dqnDefaultsFor,
    whyNot: whyNotDqn,
    create: (compute, o) => Dqn.create(compute, o),
    resume: (compute, o) => Dqn.resume(compute, o),
  },
  {
    id: 'sac',
    name: 'Soft actor-critic',
    words: 'Learns numbers from a memory of steps, and keeps trying things; thrifty with steps.',
    options: SAC_OPTIONS,
    defaultsFor: sacDefaultsFor,
    whyNot: whyNotSac,
    create: (compute, o) => Sac.create(compute, o),
    resume: (compute, o) => Sac.resume(compute, o),
  },
  {
    id: 'q-learning',
    name: 'Q-learning',
    words: 'Writes down in a table what every choice is worth in every state.',
    options: Q_LEARNING_OPTIONS,
    defaultsFor: () => defaultsOf(Q_LEARNING_OPTIONS),
    whyNot: whyNotTable,
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
    defaultsFor: () => CLONING_DEFAULTS,
    whyNot: whyNoActor,
    create: (compute, o) => BehaviourCloning.create(compute, o),
    resume: (compute, o) => BehaviourCloning.resume(compute, o),
  },
];

export function algorithmById(id: string): Algorithm | null {
  return ALGORITHMS.find((algorithm) => algorithm.id === id) ?? null;
}

/** What there is to learn with: the evolution strategy, and the algorithms of `learning`. */
import type { OptionTable, Options } from '@dreampitch/learning';
import {
  algorithmById,
  ALGORITHMS,
  environmentOptions,
  EVOLUTION_OPTIONS,
  whyNoLeague,
} from '@dreampitch/learning';
import type { Environment } from '@dreampitch/sim';
import type { Shapes } from './starts.ts';

export type AlgorithmChoice = {
  readonly id: string;
  readonly name: string;
  readonly short: string; // in lists
  readonly words: string;
  readonly options: OptionTable;
  /** Trains for a time that the person sets; else for the `stepsMax` of its options. */
  readonly byTime: boolean;
  defaultsFor(environment: Environment): Options;
  /** Why it cannot learn this environment, in words; null: it can. */
  whyNot(environment: Environment): string | null;
  /** Names and shapes of the weights that a run can begin with; the strategy's decide themselves. */
  weightShapes(environment: Environment, options: Options): Shapes;
  /** What it does with kept matches; null: it wants none, or these options do not take them. */
  withMatches(environment: Environment, options: Options): string | null;
  /** It learns from kept matches alone. */
  readonly imitates: boolean;
  /** It has versions, from which a run goes on without forgetting. */
  readonly keeps: boolean;
};

/** Whether a person chooses whom a run plays against. */
export function hasOpponents(choice: AlgorithmChoice, environment: Environment): boolean {
  const algorithm = algorithmById(choice.id);
  return algorithm !== null && whyNoLeague(environment, algorithm) === null;
}

/** Ranges of the form; what is meant, and where it comes from, stands in the table itself. */
const RANGES: Readonly<Record<keyof typeof EVOLUTION_OPTIONS, readonly [number, number]>> = {
  memberCount: [4, 1024],
  worldsPerMember: [4, 256],
  evaluationWorlds: [4, 1024],
  stepsPerGeneration: [1, 10_000],
  ticksPerAction: [1, 60],
  hidden: [4, 128],
  noiseScale: [0.001, 1],
  learningRate: [0.0001, 1],
  weightDecay: [0, 1],
  momentumDecay: [0, 0.9999],
  varianceDecay: [0, 0.9999],
  initialScale: [0, 10],
  shapingGenerations: [0, 10_000],
  scriptedShare: [0, 1],
  poolSize: [1, 64],
  poolGenerations: [1, 10_000],
  evaluationGenerations: [1, 1000],
};
const BASIC = new Set(['hidden', 'learningRate']);

function evolutionTable(): OptionTable {
  const entries = Object.entries(EVOLUTION_OPTIONS).map(([name, option]) => {
    const { value, unit, meaning, source } = option;
    const [low, high] = RANGES[name as keyof typeof EVOLUTION_OPTIONS];
    const whole = low >= 1;
    const described = {
      label: labelOf(name),
      unit: unit === '-' ? '' : unit,
      words: meaning,
      source,
      basic: BASIC.has(name),
    };
    const kind = whole ? ('integer' as const) : ('number' as const);
    return [name, { kind, value, low, high, scale: 'linear' as const, ...described }];
  });
  return Object.fromEntries(entries) as OptionTable;
}

/** 'noiseScale' as 'Noise scale'. */
function labelOf(name: string): string {
  const words = name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return words[0]!.toUpperCase() + words.slice(1);
}

/** Robot soccer as people play it. */
const isPlayed = ({ id }: Pick<Environment, 'id'>) => /^soccer-[123]v[123]$/.test(id);

const EVOLUTION: AlgorithmChoice = {
  id: 'evolution',
  name: 'Evolution strategy',
  short: 'Evolution',
  words: 'Variants of a small network play thousands of games at once; the better ones decide.',
  options: evolutionTable(),
  byTime: true,
  defaultsFor(environment) {
    const values = Object.entries(EVOLUTION_OPTIONS).map(([name, { value }]) => [name, value]);
    const own = environment.agentCount === 1 ? environmentOptions(environment) : {};
    return { ...(Object.fromEntries(values) as Options), ...own };
  },
  whyNot({ agentCount, id }) {
    if (agentCount === 1 || isPlayed({ id })) return null;
    return 'It learns soccer without roles, and environments with one agent.';
  },
  weightShapes: () => ({}),
  withMatches: () => null,
  imitates: false,
  keeps: false,
};

export const CHOICES: readonly AlgorithmChoice[] = [
  EVOLUTION,
  ...ALGORITHMS.map((algorithm) => ({
    id: algorithm.id,
    name: algorithm.name,
    short: algorithm.id.length <= 4 ? algorithm.id.toUpperCase() : algorithm.name,
    words: algorithm.words,
    options: algorithm.options,
    byTime: false,
    defaultsFor: (environment: Environment) => algorithm.defaultsFor(environment),
    whyNot: (environment: Environment) =>
      algorithm.imitates && !isPlayed(environment)
        ? 'It imitates kept matches, which are of soccer.'
        : algorithm.whyNot(environment),
    weightShapes: (environment: Environment, options: Options) =>
      algorithm.weightShapes(environment, options),
    withMatches: (environment: Environment, options: Options) =>
      isPlayed(environment) &&
      !algorithm.imitates &&
      algorithm.whyNotExamples(environment, options) === null
        ? algorithm.withExamples
        : null,
    imitates: algorithm.imitates === true,
    keeps: algorithm.keeps === true,
  })),
];

export function choiceOf(id: string): AlgorithmChoice | null {
  return CHOICES.find((choice) => choice.id === id) ?? null;
}

/** Every number of the evolution strategy in one table. */
type Option = {
  readonly value: number;
  readonly unit: string;
  readonly meaning: string;
  readonly source: string;
};

const SALIMANS = 'Salimans et al. 2017, arXiv 1703.03864';
const TUNED = 'tuned on soccer-1v1, 3 minutes on two cores (README)';

export const EVOLUTION_OPTIONS = {
  memberCount: {
    value: 128,
    unit: 'members',
    meaning: 'M: players that differ from the mean, in antithetic pairs; a multiple of 4',
    source: TUNED,
  },
  worldsPerMember: {
    value: 16,
    unit: 'worlds',
    meaning: 'W: games of every member in a generation, the same starts for all; a multiple of 4',
    source: TUNED,
  },
  evaluationWorlds: {
    value: 64,
    unit: 'worlds',
    meaning:
      'E: games of the mean player against the scripted bot in a generation; a multiple of 4',
    source: 'win rate of a generation within 0.06 standard errors',
  },
  stepsPerGeneration: {
    value: 150,
    unit: 'decisions',
    meaning: 'T: length of a generation, from fresh starts',
    source: TUNED,
  },
  ticksPerAction: {
    value: 4,
    unit: 'ticks',
    meaning: 'a decision holds the wheels for so long',
    source: 'the scripted bot decides as often',
  },
  hidden: {
    value: 16,
    unit: 'units',
    meaning: 'H: tanh units of the hidden layer; a multiple of 4',
    source: TUNED,
  },
  noiseScale: {
    value: 0.05,
    unit: '-',
    meaning: "sigma: standard deviation of the members' parameters",
    source: TUNED,
  },
  learningRate: {
    value: 0.02,
    unit: '-',
    meaning: "alpha: Adam's step",
    source: TUNED,
  },
  weightDecay: {
    value: 0.005,
    unit: '-',
    meaning: 'share of the parameters lost per unit of the learning rate',
    source: `${SALIMANS}, section 2 (weight decay); value tuned`,
  },
  momentumDecay: {
    value: 0.9,
    unit: '-',
    meaning: "Adam's beta 1",
    source: 'Kingma and Ba 2015, arXiv 1412.6980',
  },
  varianceDecay: {
    value: 0.99,
    unit: '-',
    meaning: "Adam's beta 2",
    source: 'a shorter memory than the paper for few hundred generations',
  },
  initialScale: {
    value: 0.3,
    unit: '-',
    meaning: 'standard deviation of the first input weights; output weights start at zero',
    source: TUNED,
  },
  shapingGenerations: {
    value: 100,
    unit: 'generations',
    meaning: 'the shaping of the fitness fades in about so many (1 / (1 + g / this))',
    source: TUNED,
  },
  scriptedShare: {
    value: 0.5,
    unit: '-',
    meaning: 'share of the games against the scripted bot; the others are against the pool',
    source: TUNED,
  },
  poolSize: {
    value: 8,
    unit: 'players',
    meaning:
      'earlier versions kept as opponents; a full pool loses one at random, never the newest',
    source: 'Bansal et al. 2018, arXiv 1710.03748, section 4.2 (opponents from the whole history)',
  },
  poolGenerations: {
    value: 10,
    unit: 'generations',
    meaning: 'so often the mean player joins the pool',
    source: TUNED,
  },
  evaluationGenerations: {
    value: 10,
    unit: 'generations',
    meaning: "the report's win rate is over so many latest generations",
    source: 'win rate within 0.02 standard errors',
  },
} as const satisfies Readonly<Record<string, Option>>;

export type EvolutionOptions = { readonly [name in keyof typeof EVOLUTION_OPTIONS]: number };

export const EVOLUTION_DEFAULTS: EvolutionOptions = Object.fromEntries(
  Object.entries(EVOLUTION_OPTIONS).map(([name, option]) => [name, option.value]),
) as EvolutionOptions;

/** Throws on a value that cannot be trained with, naming it. */
export function checkOptions(options: EvolutionOptions): void {
  for (const [name, value] of Object.entries(options)) {
    if (!Number.isFinite(value) || value < 0) {
      throw new RangeError(`Evolution option ${name} is ${value}; want a number >= 0.`);
    }
  }
  const multiples = ['memberCount', 'worldsPerMember', 'evaluationWorlds', 'hidden'] as const;
  for (const name of multiples) {
    if (options[name] % 4 === 0 && options[name] > 0) continue;
    throw new RangeError(`Evolution option ${name} is ${options[name]}; want a multiple of 4.`);
  }
  const counts = [
    ...(['stepsPerGeneration', 'ticksPerAction', 'poolSize', 'poolGenerations'] as const),
    'evaluationGenerations' as const,
  ];
  for (const name of counts) {
    if (Number.isSafeInteger(options[name]) && options[name] > 0) continue;
    throw new RangeError(`Evolution option ${name} is ${options[name]}; want a count.`);
  }
  if (options.noiseScale === 0) throw new RangeError('Evolution option noiseScale is 0.');
  if (options.scriptedShare > 1) {
    throw new RangeError(`Evolution option scriptedShare is ${options.scriptedShare}; at most 1.`);
  }
}

/** Every number of the league in one table. */
import { integer, number, type OptionsOf, type OptionTable } from '../algorithms/options.ts';

const ALPHASTAR = 'Vinyals et al. 2019, Nature 575';
const FIVE = 'OpenAI et al. 2019, arXiv 1912.06680';

export const LEAGUE_OPTIONS = {
  roundIterations: integer(10, {
    label: 'Round',
    unit: 'iterations',
    words: 'So long it plays the same opponents; then it is rated and opponents are drawn anew',
    source: `${FIVE}, appendix N: a version is kept every ten iterations`,
    low: 1,
    high: 100_000,
    scale: 'log',
    basic: true,
  }),
  versionSteps: integer(500_000, {
    label: 'New version every',
    unit: 'steps',
    words: 'After so many steps since the latest version, what was learned joins the league',
    source: `${ALPHASTAR}, methods: the main agents join at intervals`,
    low: 1,
    high: 1e10,
    scale: 'log',
    basic: true,
  }),
  joinShare: number(0.75, {
    label: 'Or sooner at',
    unit: 'points per game',
    words:
      'It joins sooner where its rating says that it takes such a share from the latest version',
    source: `${ALPHASTAR}, methods: exploiters join when they win 70 % of their games`,
    low: 0.5,
    high: 1,
  }),
  size: integer(12, {
    label: 'Versions',
    unit: 'versions',
    words:
      'So many are kept; more make ratings and the choice of opponents finer, and rounds slower',
    source: 'a round of 16 games each takes about a tenth of the time of training, in soccer-1v1',
    low: 2,
    high: 64,
    scale: 'log',
    basic: true,
  }),
  opponentCount: integer(4, {
    label: 'Opponents at once',
    unit: 'opponents',
    words: 'The worlds are shared out among so many',
    source: 'the least with which half of the worlds meet two past versions',
    low: 1,
    high: 32,
  }),
  selfShare: number(0.5, {
    label: 'Against itself',
    unit: 'share of the worlds',
    words: 'The others meet past versions',
    source: `${ALPHASTAR}, methods: the main agents play themselves in 35 % of games; ${FIVE}: 80 %`,
    low: 0,
    high: 1,
    basic: true,
  }),
  floor: number(0.05, {
    label: 'Least weight',
    unit: '',
    words: 'A version is drawn by (1 - p)^2, p being what the learner scores against it, plus this',
    source: `${ALPHASTAR}, methods: f_hard with p = 2; the floor, so that none is forgotten`,
    low: 0,
    high: 1,
  }),
  gamesPerPair: integer(16, {
    label: 'Games per pair',
    unit: 'games',
    words:
      'In a round, against every version and the anchor; from equal starts on both sides; even',
    source: 'a rating of 9 opponents has a standard error of about 30 Elo',
    low: 2,
    high: 1024,
    scale: 'log',
  }),
} as const satisfies OptionTable;

export type LeagueOptions = OptionsOf<typeof LEAGUE_OPTIONS>;

/**
 * Self-play with a league of past versions: a run of any algorithm that learns against itself and whom
 * the league draws (Vinyals et al. 2019; OpenAI et al. 2019). It is a `Trainee` as others are. Read from
 * `iteration`.
 */
import type { Compute } from '@dreampitch/compute';
import type { Environment, Policy } from '@dreampitch/sim';
import type {
  Algorithm,
  CreateOptions,
  EvaluateOptions,
  Report,
  ResumeOptions,
  Trainee,
} from '../algorithms/algorithm.ts';
import { checkOptions, defaultsOf, type Options } from '../algorithms/options.ts';
import { type PolicyNetwork, policyOf } from '../algorithms/policy-network.ts';
import type { NamedTensor } from '../formats/safetensors.ts';
import { pcgHashOf } from '../random/pcg.ts';
import { encodeLeague, type LeagueCheckpoint } from './checkpoint.ts';
import { beginRound, endRound, type League, metInRound, openLeague } from './league.ts';
import { LEAGUE_OPTIONS, type LeagueOptions } from './league-options.ts';
import { playRatingGames } from './rating-games.ts';
import { ANCHOR_ID } from './ratings.ts';
import { type LeagueTable, leagueTable } from './standings.ts';

export type LeagueCreateOptions = Omit<CreateOptions, 'opponents'> & {
  readonly algorithm: Algorithm;
  /** Replaces single ones of LEAGUE_OPTIONS. */
  readonly league?: Partial<LeagueOptions>;
  /** Whom all ratings are relative to, rated 1000. It measures only: the learner never trains on it. */
  readonly anchor: Policy;
};

/** `keep` and `examples` as `ResumeOptions` says. */
export type LeagueResumeOptions = Omit<ResumeOptions, 'opponents' | 'checkpoint'> &
  Pick<LeagueCreateOptions, 'algorithm' | 'anchor'> & { readonly checkpoint: LeagueCheckpoint };

export type LeagueReport = Report & {
  /** After a round; null: there was none in this iteration. */
  readonly league: LeagueTable | null;
};

const [LEAGUE_STREAM, RATING_STREAM] = [0x6c65, 0x7261] as const;

/** Why there is no league of this, in words; null: there is one. */
export function whyNoLeague({ id, agentCount }: Environment, algorithm: Algorithm): string | null {
  if (algorithm.imitates) return `${algorithm.name} does not play while it learns.`;
  if (agentCount >= 2 && agentCount % 2 === 0) return null;
  return `A league needs two teams of the same size; '${id}' has ${agentCount} agent${agentCount === 1 ? '' : 's'}.`;
}

/** Takes the place of opponents until there are some. */
const nobody: Policy = {
  name: 'nobody',
  attach: () => Promise.resolve({ dispatches: [], [Symbol.dispose]() {} }),
};

type Parts = {
  readonly compute: Compute;
  readonly trainee: Trainee;
  readonly anchor: Policy;
};

/** As of the latest round; a round changes all of it at once. */
type State = Omit<LeagueCheckpoint, 'training' | 'sinceRound'> & { readonly table: LeagueTable };

export class LeagueRun implements Trainee {
  readonly #parts: Parts;
  #state: State;
  #sinceRound: number;

  private constructor(parts: Parts, state: State, sinceRound: number) {
    this.#parts = parts;
    this.#state = state;
    this.#sinceRound = sinceRound;
  }

  /** Throws where environment, options or weights do not fit, in words. */
  static async create(compute: Compute, o: LeagueCreateOptions): Promise<LeagueRun> {
    const { algorithm, anchor, league: own, ...create } = o;
    const problem = whyNoLeague(o.environment, algorithm) ?? algorithm.whyNot(o.environment);
    if (problem !== null) throw new Error(problem);
    const options = { ...defaultsOf(LEAGUE_OPTIONS), ...own };
    checkOptions(LEAGUE_OPTIONS, options);
    checkGames(options);
    const league = openLeague({ seed: pcgHashOf(o.seed, LEAGUE_STREAM), options });
    const trainee = await algorithm.create(compute, { ...create, opponents: [nobody] });
    try {
      const parts = { compute, trainee, anchor };
      const networks = new Map([[league.learner.id, await trainee.policyNetwork()]]);
      return new LeagueRun(parts, await afterRound(parts, { league, networks }, false), 0);
    } catch (error) {
      trainee[Symbol.dispose]();
      throw error;
    }
  }

  /** Goes on exactly where the checkpoint was made. */
  static async resume(compute: Compute, o: LeagueResumeOptions): Promise<LeagueRun> {
    const { algorithm, anchor, checkpoint, ...resume } = o;
    const { league, networks, sinceRound } = checkpoint;
    const state = { league, networks, table: leagueTable(league, anchor.name) };
    const opponents = policiesOf(league, networks);
    const training = { ...resume, checkpoint: checkpoint.training, opponents };
    const trainee = await algorithm.resume(compute, training);
    return new LeagueRun({ compute, trainee, anchor }, state, sinceRound);
  }

  /** One of the algorithm's iterations, and a round of the league where one is due. */
  async iteration(): Promise<LeagueReport> {
    const { trainee } = this.#parts;
    const report = await trainee.iteration();
    this.#sinceRound++;
    const last = trainee.isDone;
    const { league: before, networks } = this.#state;
    if (!last && this.#sinceRound < before.options.roundIterations) {
      return { ...report, league: null };
    }
    const league = beginRound(before, trainee.steps);
    const learner = await trainee.policyNetwork();
    const begun = { league, networks: new Map(networks).set(league.learner.id, learner) };
    this.#state = await afterRound(this.#parts, begun, last);
    this.#sinceRound = 0;
    return { ...report, league: this.table };
  }

  /** The league as of the latest round. */
  get table(): LeagueTable {
    return this.#state.table;
  }

  /** What a member, or the learner as of the latest round, plays with; null: there is none. */
  network(id: number): PolicyNetwork | null {
    return this.#state.networks.get(id) ?? null;
  }

  async checkpoint(): Promise<Uint8Array<ArrayBuffer>> {
    const training = await this.#parts.trainee.checkpoint();
    const { league, networks } = this.#state;
    return encodeLeague({ league, networks, sinceRound: this.#sinceRound, training });
  }

  weights(): Promise<Record<string, NamedTensor>> {
    return this.#parts.trainee.weights();
  }

  policyNetwork(): Promise<PolicyNetwork> {
    return this.#parts.trainee.policyNetwork();
  }

  /** Against those of the league that it plays at present. */
  evaluate(o: EvaluateOptions): Promise<number[]> {
    return this.#parts.trainee.evaluate(o);
  }

  setOpponents(): Promise<void> {
    return Promise.reject(new Error('The league chooses whom this run plays against.'));
  }

  get algorithm(): string {
    return this.#parts.trainee.algorithm;
  }

  get environment(): Environment {
    return this.#parts.trainee.environment;
  }

  get options(): Options {
    return this.#parts.trainee.options;
  }

  get leagueOptions(): LeagueOptions {
    return this.#state.league.options;
  }

  get seed(): number {
    return this.#parts.trainee.seed;
  }

  get steps(): number {
    return this.#parts.trainee.steps;
  }

  get isDone(): boolean {
    return this.#parts.trainee.isDone;
  }

  [Symbol.dispose](): void {
    this.#parts.trainee[Symbol.dispose]();
  }
}

/** The learner meets everybody; then it plays whom the league draws. `last`: it joins in any case. */
async function afterRound(
  { compute, trainee, anchor }: Parts,
  begun: Pick<State, 'league' | 'networks'>,
  last: boolean,
): Promise<State> {
  const { seed, round, learner, options } = begun.league;
  const player = (id: number) => {
    return { id, policy: id === ANCHOR_ID ? anchor : policyOf(begun.networks.get(id)!) };
  };
  const games = await playRatingGames(compute, {
    environment: trainee.environment,
    player: player(learner.id),
    opponents: metInRound(begun.league).map(player),
    gamesPerPair: options.gamesPerPair,
    seed: pcgHashOf(seed, RATING_STREAM, round),
  });
  const league = endRound(begun.league, games, { last });
  const stay = new Set([...league.members, league.learner].map(({ id }) => id));
  const networks = new Map([...begun.networks].filter(([id]) => stay.has(id)));
  await trainee.setOpponents(policiesOf(league, networks));
  return { league, networks, table: leagueTable(league, anchor.name) };
}

/** Throws where not every start can be played from both sides. */
function checkGames({ gamesPerPair }: LeagueOptions): void {
  if (gamesPerPair % 2 === 0) return;
  throw new RangeError(
    `Option gamesPerPair is ${gamesPerPair}; want an even number: half of them on each side.`,
  );
}

function policiesOf(league: League, networks: ReadonlyMap<number, PolicyNetwork>): Policy[] {
  return league.lineUp.map((id) => policyOf(networks.get(id)!));
}

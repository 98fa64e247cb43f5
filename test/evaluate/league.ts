/**
 * Self-play with a league of past versions beside plain self-play, in soccer-1v1: the same algorithm,
 * numbers, steps and seed, and versions taken at the same steps. The plain run plays itself only (as of
 * the latest round); its versions are kept and rated, and never played in training. At the end each
 * run's last version meets all its past ones, the scripted player, which neither trained against, and
 * the other run's. A game is an episode of the training rules: one goal or 20 seconds. A few minutes of
 * one core.
 */
import { openWasm, type WasmCompute } from '@dreampitch/compute';
import {
  algorithmById,
  ANCHOR_ID,
  LeagueRun,
  type LeagueTable,
  type Pair,
  playMatches,
  policyOf,
  ratingsOf,
} from '@dreampitch/learning';
import { type Policy, scriptedPolicy, soccer, TRAINING_RULES } from '@dreampitch/sim';
import type { Figure } from '../bench/figure.ts';

const SEED = 1;
const MATCH_SEED = 1000;
const STEPS = 4_194_304;
const LEAGUE = { versionSteps: STEPS / 8, roundIterations: 8, size: 16 };
const GAMES = 400; // of the last version against each
const environment = soccer(1);
const ppo = algorithmById('ppo')!;

export async function evaluate(): Promise<Figure[]> {
  using compute = await openWasm({ threadCount: 1 });
  const options = { ...ppo.defaultsFor(environment), stepsMax: STEPS };
  console.log(`On ${compute.device}. Seed ${SEED}. PPO: ${JSON.stringify(options)}`);
  const league = await resultOf(compute, 'league', {});
  const plain = await resultOf(compute, 'selfPlay', { selfShare: 1 });
  const meeting = await play(compute, { player: league.last, opponent: plain.last });
  const points = (meeting.wins + meeting.draws / 2) / GAMES;
  const error = Math.sqrt((points * (1 - points)) / GAMES);
  return [
    ...league.figures,
    ...plain.figures,
    figure('league.soccer1v1.scoreAgainstSelfPlay', 'points per game', points, error),
  ];
}

async function resultOf(compute: WasmCompute, name: string, own: { selfShare?: number }) {
  const start = performance.now();
  using run = await LeagueRun.create(compute, {
    algorithm: ppo,
    environment,
    options: { stepsMax: STEPS },
    seed: SEED,
    anchor: scriptedPolicy,
    league: { ...LEAGUE, ...own },
  });
  console.log(`${name}: ${JSON.stringify(run.leagueOptions)}`);
  let joined = 1;
  while (!run.isDone) {
    const { league } = await run.iteration();
    const count = league ? league.members.length + league.left : joined;
    if (count > joined) console.log(`${name}: ${wordsOf(league!)}`);
    joined = count;
  }
  const { table } = run;
  const ids = table.members.map(({ id }) => id);
  const last = policyOf(run.network(ids.at(-1)!)!);
  const pairs = [...table.pairs];
  const against: number[] = []; // points per game against each past version
  for (const id of [ANCHOR_ID, ...ids.slice(0, -1)]) {
    const opponent = id === ANCHOR_ID ? scriptedPolicy : policyOf(run.network(id)!);
    const games = await play(compute, { player: last, opponent });
    pairs.push({ a: ids.at(-1)!, b: id, ...games });
    if (id !== ANCHOR_ID) against.push((games.wins + games.draws / 2) / GAMES);
  }
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  const shown = against.map((points) => points.toFixed(2)).join(' ');
  console.log(`${name}: the last against each past version: ${shown} (${seconds} s)`);
  return { figures: figuresOf(name, { ids, pairs, against }), last };
}

function figuresOf(
  name: string,
  o: { ids: readonly number[]; pairs: readonly Pair[]; against: readonly number[] },
): Figure[] {
  const { ids, pairs, against } = o;
  const [first, last] = [ids[0]!, ids.at(-1)!];
  const gain = ratingsOf([ANCHOR_ID, ...ids], pairs, first).get(last)!;
  const { rating, error } = ratingsOf(ids, pairs).get(last)!;
  const beaten = against.filter((points) => points > 0.5).length / against.length;
  const of = `${name}.soccer1v1`;
  return [
    figure(`${of}.eloGain`, 'Elo', gain.rating - 1000, gain.error),
    figure(`${of}.elo`, 'Elo (scripted: 1000)', rating, error),
    figure(`${of}.versions`, 'versions', ids.length, 0),
    figure(`${of}.beatsAllPast`, 'of the past versions', beaten, 0),
    figure(`${of}.worstAgainstPast`, 'points per game', Math.min(...against), 0),
  ];
}

/** Its spread is one standard error to both sides. */
function figure(name: string, unit: string, value: number, error: number): Figure {
  return { name, value, unit, spread: [value - error, value + error] };
}

/** GAMES of the player, half of them on each side. */
async function play(compute: WasmCompute, sides: { player: Policy; opponent: Policy }) {
  const rules = { ...TRAINING_RULES };
  const { ticksMax } = rules;
  const o = { environment, rules, seed: MATCH_SEED, matchCount: GAMES, ticksMax, ...sides };
  const leads = (await playMatches(compute, o)).map(({ scored, conceded }) => scored - conceded);
  const count = (sign: number) => leads.filter((lead) => Math.sign(lead) === sign).length;
  return { wins: count(1), draws: count(0), losses: count(-1) };
}

function wordsOf({ learner, members }: LeagueTable): string {
  const { step, rating, error } = learner;
  return `${step} steps, ${rating.toFixed(0)} +- ${error.toFixed(0)} Elo, ${members.length} versions`;
}

/**
 * Self-play with a league of past versions beside plain self-play, in soccer-1v1: the same algorithm,
 * numbers, steps and seeds, and versions taken at the same steps. The plain run plays itself only (as of
 * the latest round); its versions are kept and rated, and never played in training. At the end each
 * run's last version meets all its past ones, the scripted player, which neither trained against, and
 * the other run's. A game is an episode of the training rules: one goal or 20 seconds. About four
 * minutes of a core per seed; what a seed came to is kept, so a command that was stopped goes on.
 *
 * Errors in the lines above the figures are those of the games; what chance does to training is to be
 * seen in the spread of the figures over the seeds.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openWasm, type WasmCompute } from '@dreampitch/compute';
import {
  algorithmById,
  ANCHOR_ID,
  LeagueRun,
  type Pair,
  playMatches,
  policyOf,
  ratingsOf,
} from '@dreampitch/learning';
import { type Policy, scriptedPolicy, soccer, TRAINING_RULES, versionOf } from '@dreampitch/sim';
import { type Figure, figureOf } from '../bench/figure.ts';
import { sourceHash, TRAINING } from './zoo/source-hash.ts';

const SEEDS = [11, 12, 13];
const MATCH_SEED = 1000;
const STEPS = 4_194_304;
const LEAGUE = { versionSteps: STEPS / 8, roundIterations: 8, size: 16 };
const GAMES = 400; // of the last version against each
const KEPT = join(import.meta.dirname, '..', '..', '.cache', 'league');
const environment = soccer(1);
const ppo = algorithmById('ppo')!;
const options = { ...ppo.defaultsFor(environment), stepsMax: STEPS };

/** What one run came to, by names of figures. */
type Measured = Readonly<Record<string, number>>;
type Result = {
  readonly league: Measured;
  readonly selfPlay: Measured;
  readonly points: number; // per game, of the league's last version against the other's
};

const UNITS: Readonly<Record<string, string>> = {
  eloGain: 'Elo',
  elo: 'Elo (scripted: 1000)',
  versions: 'versions',
  beatsAllPast: 'of the past versions',
  worstAgainstPast: 'points per game',
};

export async function evaluate(): Promise<Figure[]> {
  using compute = await openWasm({ threadCount: 1 });
  console.log(`On ${compute.device}. Seeds ${SEEDS.join(', ')}. PPO: ${JSON.stringify(options)}`);
  const results: Result[] = [];
  for (const seed of SEEDS) results.push(await resultOf(compute, seed));
  const figures = (['league', 'selfPlay'] as const).flatMap((name) =>
    Object.entries(UNITS).map(([what, unit]) => {
      const values = results.map((result) => result[name][what]!);
      return figureOf(`${name}.soccer1v1.${what}`, unit, values);
    }),
  );
  const over = results.map(({ league, selfPlay }) => league['elo']! - selfPlay['elo']!);
  const points = results.map((result) => result.points);
  return [
    ...figures,
    figureOf('league.soccer1v1.eloOverSelfPlay', 'Elo', over),
    figureOf('league.soccer1v1.scoreAgainstSelfPlay', 'points per game', points),
  ];
}

/** As it was kept by the same settings and code, or trained now. */
async function resultOf(compute: WasmCompute, seed: number): Promise<Result> {
  const version = await versionOf(environment);
  const source = sourceHash([...TRAINING, 'learning/league', 'learning/matches']);
  const text = JSON.stringify({ seed, version, options, LEAGUE, GAMES, MATCH_SEED, source });
  const file = join(KEPT, `${createHash('sha256').update(text).digest('hex')}.json`);
  mkdirSync(KEPT, { recursive: true });
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Result;
  } catch {
    // None, or half a file of a command that was stopped.
  }
  const league = await trained(compute, { name: 'league', seed });
  const plain = await trained(compute, { name: 'selfPlay', seed, selfShare: 1 });
  const meeting = await play(compute, { player: league.last, opponent: plain.last });
  const points = (meeting.wins + meeting.draws / 2) / GAMES;
  const result = { league: league.measured, selfPlay: plain.measured, points };
  writeFileSync(file, JSON.stringify(result));
  return result;
}

async function trained(
  compute: WasmCompute,
  { name, seed, ...own }: { name: string; seed: number; selfShare?: number },
): Promise<{ measured: Measured; last: Policy }> {
  const start = performance.now();
  const league = { ...LEAGUE, ...own };
  const order = { algorithm: ppo, environment, options, seed, anchor: scriptedPolicy, league };
  using run = await LeagueRun.create(compute, order);
  while (!run.isDone) await run.iteration();
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
  const { measured, words } = measure({ ids, pairs, against });
  console.log(`Seed ${seed}, ${name}: ${words} (${seconds} s)`);
  return { measured, last };
}

function measure(o: {
  ids: readonly number[];
  pairs: readonly Pair[];
  against: readonly number[];
}): { measured: Measured; words: string } {
  const { ids, pairs, against } = o;
  const [first, last] = [ids[0]!, ids.at(-1)!];
  const gain = ratingsOf([ANCHOR_ID, ...ids], pairs, first).get(last)!;
  const { rating, error } = ratingsOf(ids, pairs).get(last)!;
  const measured = {
    eloGain: gain.rating - 1000,
    elo: rating,
    versions: ids.length,
    beatsAllPast: against.filter((points) => points > 0.5).length / against.length,
    worstAgainstPast: Math.min(...against),
  };
  const words =
    `${rounded(rating)} +- ${rounded(error)} Elo, ` +
    `${rounded(measured.eloGain)} +- ${rounded(gain.error)} over the first; ` +
    `points against each past version ${against.map((points) => points.toFixed(2)).join(' ')}`;
  return { measured, words };
}

const rounded = (value: number) => value.toFixed(0);

/** GAMES of the player, half of them on each side. */
async function play(compute: WasmCompute, sides: { player: Policy; opponent: Policy }) {
  const rules = { ...TRAINING_RULES };
  const { ticksMax } = rules;
  const o = { environment, rules, seed: MATCH_SEED, matchCount: GAMES, ticksMax, ...sides };
  const leads = (await playMatches(compute, o)).map(({ scored, conceded }) => scored - conceded);
  const count = (sign: number) => leads.filter((lead) => Math.sign(lead) === sign).length;
  return { wins: count(1), draws: count(0), losses: count(-1) };
}

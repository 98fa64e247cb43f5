/**
 * The spine's measure: does the scripted bot play, and does three minutes of training make a player
 * that beats it? Matches under MATCH_RULES, both sides of the pitch, draws counting half. The curve of
 * the training is written to spine-curve.csv beside this file.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Compute, openCompute } from '@dreampitch/compute';
import { EvolutionTrainer, networkPolicy, playMatches, soccerTask } from '@dreampitch/learning';
import type { GenerationReport, MatchResult, Player } from '@dreampitch/learning';
import { idlePolicy, MATCH_RULES, type Policy } from '@dreampitch/sim';
import { randomPolicy, scriptedPolicy, soccer } from '@dreampitch/sim';
import { type Figure, figureOf } from '../bench/figure.ts';

const SEEDS = { training: 1, againstRandom: 101, againstScripted: 102, scripted: 103, idle: 104 };
const TRAINING_SECONDS = 180;
const MATCHES = 200;
const TICKS_PER_SECOND = 60;
/** Play plus the pauses of more goals than anybody scores. */
const TICKS_MAX = MATCH_RULES.ticksMax * 4;

const now = () => performance.now() / 1000;

export async function evaluate(): Promise<Figure[]> {
  using compute = await openCompute();
  console.log(`On ${compute.device}. Seeds: ${JSON.stringify(SEEDS)}.`);
  const random = randomPolicy(SEEDS.againstRandom);
  const pairs = {
    scripted: await play(compute, { player: scriptedPolicy, opponent: random }, SEEDS.scripted),
    idle: await play(compute, { player: scriptedPolicy, opponent: idlePolicy }, SEEDS.idle),
  };
  const player = networkPolicy(await train(compute));
  const trained = {
    random: await play(compute, { player, opponent: random }, SEEDS.againstRandom),
    scripted: await play(compute, { player, opponent: scriptedPolicy }, SEEDS.againstScripted),
  };
  return [
    shareOf('scripted.againstRandom', pairs.scripted, pointsOf),
    figureOf('scripted.secondsToScoreOnIdle', 's', pairs.idle.map(secondsToScore)),
    shareOf('winRate.againstRandom', trained.random, pointsOf),
    shareOf('winRate.againstRandom.decided', trained.random, decidedOf),
    shareOf('winRate.againstScripted', trained.scripted, pointsOf),
    shareOf('winRate.againstScripted.decided', trained.scripted, decidedOf),
    shareOf('goals.forAgainstScripted', trained.scripted, (match) => match.scored),
    shareOf('goals.againstByScripted', trained.scripted, (match) => match.conceded),
  ];
}

/** Three minutes by the clock, compilation included. */
async function train(compute: Compute): Promise<Player> {
  const start = now();
  const task = soccerTask(1);
  using trainer = await EvolutionTrainer.create(compute, {
    task,
    seed: SEEDS.training,
    clock: now,
  });
  const curve: string[] = [
    'seconds,generation,steps,winRate,scoredPerMinute,concededPerMinute,fitness',
  ];
  while (now() - start < TRAINING_SECONDS) {
    const report = await trainer.generation();
    curve.push(rowOf(now() - start, report));
    if (report.generation % 50 === 0) console.log(curve.at(-1));
  }
  writeFileSync(join(import.meta.dirname, 'spine-curve.csv'), `${curve.join('\n')}\n`);
  return trainer.player('spine');
}

function rowOf(seconds: number, report: GenerationReport): string {
  const { generation, steps, winRate, goalsPerMinute, fitness } = report;
  const { scored, conceded } = goalsPerMinute;
  const goals = `${scored.toFixed(2)},${conceded.toFixed(2)}`;
  const rate = winRate?.toFixed(3) ?? '';
  return `${seconds.toFixed(2)},${generation},${steps},${rate},${goals},${fitness.mean.toFixed(3)}`;
}

function play(
  compute: Compute,
  sides: { player: Policy; opponent: Policy },
  seed: number,
): Promise<MatchResult[]> {
  return playMatches(compute, {
    environment: soccer(1),
    rules: { ...MATCH_RULES },
    seed,
    matchCount: MATCHES,
    ticksMax: TICKS_MAX,
    ...sides,
  });
}

function pointsOf(match: MatchResult): number {
  const lead = match.scored - match.conceded;
  return lead > 0 ? 1 : lead < 0 ? 0 : 0.5;
}

function decidedOf(match: MatchResult): number {
  return match.scored === match.conceded ? 0 : 1;
}

/** From the start of the match, the wait for the kick-off included. Without a goal: all of it. */
function secondsToScore(match: MatchResult): number {
  return (match.firstGoalTick ?? match.ticks) / TICKS_PER_SECOND;
}

/** A mean over the matches, its spread over ten equal parts of them. */
function shareOf(
  name: string,
  matches: readonly MatchResult[],
  valueOf: (match: MatchResult) => number,
): Figure {
  const meanOf = (some: readonly MatchResult[]) =>
    some.reduce((sum, match) => sum + valueOf(match), 0) / some.length;
  const part = matches.length / 10;
  const parts = Array.from({ length: 10 }, (_, i) =>
    meanOf(matches.slice(i * part, (i + 1) * part)),
  );
  const spread: [number, number] = [Math.min(...parts), Math.max(...parts)];
  return { name, value: meanOf(matches), unit: 'per match', spread };
}

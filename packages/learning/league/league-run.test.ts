import { openWasm, type WasmCompute } from '@dreampitch/compute';
import { environmentById, idlePolicy, scriptedPolicy } from '@dreampitch/sim';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Algorithm } from '../algorithms/algorithm.ts';
import { encodePolicy } from '../algorithms/policy-network.ts';
import { algorithmById } from '../algorithms/registry.ts';
import { decodeLeague, encodeLeague } from './checkpoint.ts';
import { type LeagueReport, LeagueRun, whyNoLeague } from './league-run.ts';

let compute: WasmCompute;
beforeAll(async () => {
  compute = await openWasm({ threadCount: 1 });
});
afterAll(() => compute[Symbol.dispose]());

const anchor = scriptedPolicy;
const league = { roundIterations: 2, versionSteps: 1, size: 3, gamesPerPair: 2 };
const PPO = { worldCount: 8, stepCount: 12, batchSize: 24, epochCount: 1, hidden: [8] };
const SAC = {
  worldCount: 8,
  batchSize: 8,
  hidden: [8],
  capacity: 512,
  startSteps: 16,
  trainSteps: 1,
  updates: 1,
};
const RUNS: readonly [string, string, object][] = [
  ['ppo', 'soccer-1v1', PPO],
  ['ppo', 'soccer-3v3', PPO],
  ['sac', 'soccer-1v1', SAC],
];

function create(algorithm: Algorithm, o: { id: string; options: object }) {
  const environment = environmentById(o.id)!;
  const { options } = o;
  return LeagueRun.create(compute, { algorithm, environment, options, seed: 3, league, anchor });
}

function checkpointIn(bytes: Uint8Array) {
  const decoded = decodeLeague(bytes);
  if (!decoded.ok) throw new Error(decoded.message);
  return decoded.checkpoint;
}

test.each(RUNS)(
  'resumed, %s with a league in %s goes on to the bit',
  async (name, id, some) => {
    const before = compute.arena.bufferCount;
    const algorithm = algorithmById(name)!;
    const environment = environmentById(id)!;
    const options = { ...some, ticksPerAction: 4 };
    const run = await create(algorithm, { id, options });
    for (let i = 0; i < 7; i++) await run.iteration(); // in the middle of a round
    const checkpoint = checkpointIn(await run.checkpoint());
    const again = await LeagueRun.resume(compute, { algorithm, environment, anchor, checkpoint });
    expect(again.table).toEqual(run.table);
    const reports: LeagueReport[] = [];
    for (let i = 0; i < 4; i++) {
      reports.push(await run.iteration());
      expect(await again.iteration()).toEqual(reports.at(-1));
    }
    expect(reports.map((report) => report.league !== null)).toEqual([true, false, true, false]);
    expect(await again.weights()).toEqual(await run.weights());
    expect(await again.checkpoint()).toEqual(await run.checkpoint());
    const { members, learner, lineUp, left } = run.table;
    expect(members.length).toBe(3);
    expect(left).toBe(3); // one at the start and one of each round
    expect(lineUp.reduce((sum, { share }) => sum + share, 0)).toBe(1);
    expect(learner.games).toBe(3 * league.gamesPerPair); // the anchor and who is still there
    expect(run.network(learner.id)!.steps).toBe(learner.step);
    run[Symbol.dispose]();
    again[Symbol.dispose]();
    expect(compute.arena.bufferCount).toBe(before);
  },
  60_000,
);

async function bytesOfShortRun() {
  using run = await create(algorithmById('ppo')!, { id: 'soccer-1v1', options: PPO });
  await run.iteration();
  const before = compute.arena.bufferCount;
  for (let i = 0; i < 8; i++) await run.iteration();
  expect(compute.arena.bufferCount).toBe(before);
  return await run.checkpoint();
}

test('the same seed gives the same league; a round leaves no memory behind', async () => {
  expect(await bytesOfShortRun()).toEqual(await bytesOfShortRun());
});

test('what a run ends with joins the league', async () => {
  const options = { ...PPO, stepsMax: 288 };
  using run = await create(algorithmById('ppo')!, { id: 'soccer-1v1', options });
  let report = await run.iteration();
  while (!run.isDone) report = await run.iteration();
  expect(run.steps).toBe(288); // the third iteration, in the middle of a round
  expect(report.league!.members.at(-1)!.step).toBe(288);
  const { id } = report.league!.learner;
  expect(encodePolicy(run.network(id)!)).toEqual(encodePolicy(await run.policyNetwork()));
});

test('what has no league is said', async () => {
  const cartPole = environmentById('CartPole-v1')!;
  const ppo = algorithmById('ppo')!;
  const words = "A league needs two teams of the same size; 'CartPole-v1' has 1 agent.";
  expect(whyNoLeague(cartPole, ppo)).toBe(words);
  const soccer = environmentById('soccer-1v1')!;
  expect(whyNoLeague(soccer, ppo)).toBe(null);
  expect(whyNoLeague(soccer, algorithmById('cloning')!)).toContain('does not play');
  const before = compute.arena.bufferCount;
  const o = { algorithm: ppo, environment: soccer, seed: 1, anchor: idlePolicy };
  const made = (size: number) => LeagueRun.create(compute, { ...o, league: { size } });
  await expect(made(1)).rejects.toThrow('Option size is 1; want a whole number of 2 to 64');
  const odd = LeagueRun.create(compute, { ...o, league: { gamesPerPair: 5 } });
  await expect(odd).rejects.toThrow('Option gamesPerPair is 5; want an even number');
  const broken = { name: 'broken', attach: () => Promise.reject(new Error('It does not play.')) };
  const unrated = LeagueRun.create(compute, { ...o, options: PPO, anchor: broken });
  await expect(unrated).rejects.toThrow('It does not play.');
  expect(compute.arena.bufferCount).toBe(before);
  using run = await create(ppo, { id: 'soccer-1v1', options: PPO });
  await expect(run.setOpponents()).rejects.toThrow('The league chooses');
  run[Symbol.dispose]();
  expect(compute.arena.bufferCount).toBe(before);
});

test('damaged bytes are refused, whatever was damaged', async () => {
  using run = await create(algorithmById('ppo')!, { id: 'soccer-1v1', options: PPO });
  for (let i = 0; i < 2; i++) await run.iteration();
  const bytes = await run.checkpoint();
  expect(decodeLeague(bytes).ok).toBe(true);
  expect(decodeLeague(bytes.subarray(4))).toMatchObject({ reason: 'not-this-kind' });
  for (let at = 0; at < bytes.length; at += 1 + Math.floor(bytes.length / 97)) {
    const damaged = bytes.slice();
    damaged[at]! ^= 1;
    expect(decodeLeague(damaged).ok, `byte ${at}`).toBe(false);
    expect(decodeLeague(bytes.subarray(0, at)).ok, `the first ${at} bytes`).toBe(false);
  }
});

test('a league that does not hold together is refused, though its check sum is right', async () => {
  using run = await create(algorithmById('ppo')!, { id: 'soccer-1v1', options: PPO });
  for (let i = 0; i < 2; i++) await run.iteration();
  const { league, networks, sinceRound } = checkpointIn(await run.checkpoint());
  const training = new Uint8Array(16);
  const refused = (changes: object) => {
    const changed = { ...league, ...changes };
    const decoded = decodeLeague(encodeLeague({ league: changed, networks, sinceRound, training }));
    return decoded.ok ? null : decoded.message;
  };
  expect(refused({})).toContain('These 16 bytes are no training checkpoint');
  expect(refused({ members: [] })).toContain('its members are not versions');
  expect(refused({ members: league.members.toReversed() })).toContain('not in order');
  expect(refused({ members: league.members.slice(1) })).toContain('its games are not');
  expect(refused({ lineUp: [1] })).toContain('it does not say who plays');
  expect(refused({ lineUp: [1, 2, 9, 2] })).toContain('it does not say who plays');
  expect(refused({ options: { ...league.options, floor: 2 } })).toContain('Option floor is 2');
  const [pair] = league.pairs;
  expect(refused({ pairs: [{ ...pair, wins: -1 }] })).toContain('its games are not');
  expect(refused({ pairs: [{ ...pair, wins: 9e15 }] })).toContain('its games are not');
  expect(refused({ pairs: [pair, pair] })).toContain('its games are not');
  expect(refused({ pairs: [null] })).toContain('its games are not');
  expect(refused({ pairs: [{ ...pair, a: pair!.b }] })).toContain('its games are not');
  const older = { ...league.learner, id: league.members[0]!.id };
  expect(refused({ learner: older })).toContain('not in order');
  const fuller = [...league.members, { id: 8, step: 1 }, { id: 9, step: 1 }];
  expect(refused({ members: fuller, learner: fuller.at(-1) })).toContain('more members');
  expect(refused({ options: null })).toContain('damaged');
  expect(refused({ seed: 0.5 })).toContain('not counts');
  const fewer = new Map([...networks].slice(1));
  const decoded = decodeLeague(encodeLeague({ league, networks: fewer, sinceRound, training }));
  expect(decoded).toMatchObject({ reason: 'corrupt' });
});

/** One seed from beginning to end: chaos, healing, and then everything must work again. */
import type { Client } from './client.ts';
import { Violation } from './observer.ts';
import type { Peer } from './peer.ts';
import { planOf } from './plan.ts';
import { Nemesis } from './nemesis.ts';
import { NOTHING_PLANTED, World } from './world.ts';
import type { PlantedRules } from './world.ts';

export type Report = {
  readonly seed: number;
  readonly violation: string | null;
  readonly undecided: number; // objects
  readonly events: number;
  readonly faults: number;
  readonly faultKinds: number;
  readonly operations: number;
  readonly elections: number;
  readonly simulatedMs: number;
  readonly traceHash: number;
};

const FAILOVER_AFTER_MS = 4_000;
const PROBE_WITHIN_MS = 20_000;
const SIMULATED_MS_MIN = 60_000;
const CATCH_UP_WITHIN_MS = 60_000;
const JOBS_WITHIN_MS = 150_000;
const SLICE_MS = 250;
const OPERATIONS_MIN = 200;
const EXTRA_MS = 5_000;
const EXTRA_ROUNDS_MAX = 60;

export function simulate(
  seed: number,
  options: { nodeCount?: number | null; planted?: PlantedRules } = {},
): Report {
  const plan = planOf(seed, options.nodeCount ?? null);
  const world = new World(plan, options.planted ?? NOTHING_PLANTED);
  const nemesis = new Nemesis(world);
  let violation: string | null = null;
  let undecided = 0;
  try {
    undecided = play(world, nemesis);
  } catch (error) {
    // An invariant of the core that stops a replica counts like one of the observer's.
    violation = error instanceof Violation ? error.message : String(error);
    if (!(error instanceof Violation) && !String(error).includes('invariant')) throw error;
  }
  return {
    seed,
    violation,
    undecided,
    events: world.observer.steps,
    faults: nemesis.faults,
    faultKinds: nemesis.kindsSeen.size,
    operations: world.history.operations,
    elections: world.observer.elections,
    simulatedMs: world.queue.nowMs,
    traceHash: world.observer.traceHash >>> 0,
  };
}

/** One hash of many seeds: equal where another machine simulated the same. */
export function traceHashOf(reports: readonly Report[]): number {
  let hash = 0x811c9dc5;
  for (const report of reports) hash = Math.imul(hash ^ report.traceHash, 0x01000193);
  return hash >>> 0;
}

function play(world: World, nemesis: Nemesis): number {
  const { plan, history, clients, observer, queue } = world;
  world.run(plan.chaosMs);
  const gone = plan.losesMajority ? loseMajority(world) : [];
  nemesis.heal();
  for (const peer of gone) peer.crash('nothing');
  const prefix = gone.length > 0 ? openEpoch(world) : '';
  for (let i = 0; i < EXTRA_ROUNDS_MAX && history.operations < OPERATIONS_MIN; i++)
    world.run(queue.nowMs + EXTRA_MS);
  for (const client of clients) client.isStopped = true;
  world.run(queue.nowMs + FAILOVER_AFTER_MS);
  probeLiveness(world);
  finishJobs(world);
  for (const peer of gone) peer.start(); // it was not gone for good after all
  world.run(Math.max(queue.nowMs, SIMULATED_MS_MIN));
  const untilMs = queue.nowMs + CATCH_UP_WITHIN_MS;
  while (!hasCaughtUp(world) && queue.nowMs < untilMs) world.run(queue.nowMs + SLICE_MS);
  observer.compareMachines(world.peers);
  return checkHistories(world, prefix);
}

function hasCaughtUp({ peers }: World): boolean {
  const index = Math.max(...peers.map((peer) => peer.state.log.lastIndex));
  return peers.every((peer) => peer.machine.index === index);
}

function checkHistories(world: World, prefix: string): number {
  let undecided = 0;
  world.history.check(prefix, (object, verdict) => {
    if (verdict === 'undecided') undecided++;
    if (verdict === 'violation') throw new Violation('linearizability', object);
  });
  return undecided;
}

/** After the faults: a leader that fails is replaced, then reads work, then writes do. */
function probeLiveness(world: World): void {
  const leader = leaderWithin(world, PROBE_WITHIN_MS);
  if (leader === null) throw new Violation('liveness', 'no leader after the faults healed');
  leader.crash('nothing');
  leader.start();
  if (!allSucceed(world, (client, then) => client.read(then)))
    throw new Violation('liveness', 'reads after a failover');
  if (!allSucceed(world, (client, then) => client.write(then)))
    throw new Violation('liveness', 'writes after a failover');
  let which = 0;
  if (!allSucceed(world, (client, then) => client.acquire(which++, then)))
    throw new Violation('liveness', 'locks of the dead');
}

function leaderWithin(world: World, withinMs: number): Peer | null {
  const untilMs = world.queue.nowMs + withinMs;
  while (world.leader() === null && world.queue.nowMs < untilMs)
    world.run(world.queue.nowMs + SLICE_MS);
  return world.leader();
}

/** Every job that the room took ends, whoever died with it. */
function finishJobs(world: World): void {
  const { queue, peers } = world;
  const open = () => {
    const latest = peers.reduce((a, b) => (b.machine.index > a.machine.index ? b : a));
    return world.jobs.filter((job) => {
      const state = latest.machine.ledger.jobs.get(job)?.state;
      return state !== 'done' && state !== 'failed';
    });
  };
  const untilMs = queue.nowMs + JOBS_WITHIN_MS;
  while (open().length > 0 && queue.nowMs < untilMs) world.run(queue.nowMs + SLICE_MS);
  const [lost] = open();
  if (lost !== undefined) throw new Violation('no lost job', lost);
}

function allSucceed(
  world: World,
  attempt: (client: Client, then: (isDone: boolean) => void) => void,
): boolean {
  const { clients, queue } = world;
  const untilMs = queue.nowMs + PROBE_WITHIN_MS;
  let successes = 0;
  const again = (client: Client): void =>
    attempt(client, (isDone) => {
      if (isDone) successes++;
      else if (queue.nowMs < untilMs) again(client);
    });
  for (const client of clients) again(client);
  while (successes < clients.length && queue.nowMs < untilMs) world.run(queue.nowMs + SLICE_MS);
  return successes === clients.length;
}

/** So many voters that the rest is no majority. */
function loseMajority(world: World) {
  const voters = (world.leader() ?? world.peers[0]!).state.log.configuration.voters;
  const standing = world.peers.filter((peer) => voters.includes(peer.id));
  return standing.slice(0, (voters.length >> 1) + 1);
}

/** The room's key opens an epoch. Returns the names of the objects whose history still counts. */
function openEpoch(world: World): string {
  const { clients, queue } = world;
  world.run(queue.nowMs + 1_000);
  const { lost, mayHaveLost, jobs } = world.openEpoch();
  if (lost > 0 && !mayHaveLost)
    throw new Violation('losses are reported', `${lost} commands are gone`);
  // What was told of the past no longer holds, and the report says so: a new history begins.
  const prefix = mayHaveLost ? 'e' : '';
  // A job that survived in the log is owed as before.
  if (mayHaveLost) world.jobs = world.jobs.filter((job) => jobs.has(job));
  for (const client of clients) client.moveTo(prefix);
  return prefix;
}

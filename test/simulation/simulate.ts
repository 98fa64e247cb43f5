/**
 * `npm run simulate -- [--seeds 300] [--seed 1] [--nodes 3..9] [--planted] [--model] [--trust] [--json]`:
 * simulates whole clusters and prints what came of it. Fails where anything was violated.
 */
import { parseArgs } from 'node:util';
import { figureOf } from '../bench/figure.ts';
import type { Figure } from '../bench/figure.ts';
import { printFigures } from '../bench/print.ts';
import { findAllPlanted, simulateSeeds } from './batch.ts';
import { changeModel, electionModel, explore } from './model.ts';
import { traceHashOf } from './run.ts';
import { trustFigures } from './trust.ts';

const SEEDS = 300;
const SEEDS_SAID = 1_000; // how far it is, as often as this
const PLANTED_SEEDS_MAX = 1_000;
const MODEL_DEPTHS = { election: 9, change: 8 };

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '' },
    seed: { type: 'string', default: '1' },
    nodes: { type: 'string', default: '' },
    planted: { type: 'boolean', default: false },
    model: { type: 'boolean', default: false },
    trust: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});

function wholeNumber(name: string, text: string, [least, most]: [number, number]): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  console.error(`--${name} is a whole number of ${least} to ${most}, not '${text}'.`);
  process.exit(2);
}

const one = (name: string, value: number, unit = '') => figureOf(name, unit, [value]);
const say = (line: string) => (values.json ? console.error(line) : console.log(line));

async function seedFigures(): Promise<{ figures: Figure[]; isGood: boolean }> {
  const first = wholeNumber('seed', values.seed, [0, 2 ** 40]);
  const count = wholeNumber('seeds', values.seeds === '' ? `${SEEDS}` : values.seeds, [1, 1e7]);
  const nodes = values.nodes === '' ? null : wholeNumber('nodes', values.nodes, [3, 9]);
  const seeds = Array.from({ length: count }, (_, i) => first + i);
  const startedMs = performance.now();
  const startedCpu = process.cpuUsage();
  let done = 0;
  const reports = await simulateSeeds(seeds, nodes, ({ seed, violation, undecided }) => {
    if (++done % SEEDS_SAID === 0) say(`${done} of ${count} seeds`);
    if (violation !== null) say(`seed ${seed}: ${violation}`);
    if (undecided > 0) say(`seed ${seed}: ${undecided} objects undecided`);
  });
  const tookMs = performance.now() - startedMs;
  const used = process.cpuUsage(startedCpu); // of all threads: what other programs cannot disturb
  const processorMs = (used.user + used.system) / 1_000;
  const sum = (of: (report: (typeof reports)[number]) => number) =>
    reports.reduce((total, report) => total + of(report), 0);
  const least = (of: (report: (typeof reports)[number]) => number) =>
    reports.reduce((smallest, report) => Math.min(smallest, of(report)), Infinity);
  const violations = sum((report) => Number(report.violation !== null));
  const undecided = sum((report) => report.undecided);
  const simulatedMs = sum((report) => report.simulatedMs);
  const figures = [
    one('seeds', count),
    one(
      'events',
      sum((report) => report.events),
    ),
    one(
      'faults',
      sum((report) => report.faults),
    ),
    one(
      'operations',
      sum((report) => report.operations),
    ),
    one(
      'elections',
      sum((report) => report.elections),
    ),
    one('violations', violations),
    one('undecided', undecided),
    one('overRealTime', simulatedMs / tookMs, 'x'),
    one('overProcessorTime', simulatedMs / processorMs, 'x'),
    one('traceHash', traceHashOf(reports)),
    one(
      'leastFaultKinds',
      least((report) => report.faultKinds),
    ),
    one(
      'leastOperations',
      least((report) => report.operations),
    ),
    one('leastSimulated', least((report) => report.simulatedMs) / 1_000, 's'),
  ];
  return { figures, isGood: violations === 0 && undecided === 0 };
}

async function plantedFigures(): Promise<{ figures: Figure[]; isGood: boolean }> {
  const from = wholeNumber('seed', values.seed, [0, 2 ** 40]);
  const asked = values.seeds === '' ? `${PLANTED_SEEDS_MAX}` : values.seeds;
  const seedsMax = wholeNumber('seeds', asked, [1, 1e7]);
  const all = await findAllPlanted({ from, seedsMax }, (name, found) =>
    say(`${name}: ${found === null ? 'not found' : `seed ${found.seed}: ${found.violation}`}`),
  );
  const found = all.filter((one) => one !== null);
  const figures = [
    one('planted', all.length),
    one('found', found.length),
    ...found.map(({ name, seed }) => one(`${name}.seed`, seed)),
  ];
  return { figures, isGood: found.length === all.length };
}

/** Every interleaving of three replicas, to a depth. */
async function modelFigures(): Promise<{ figures: Figure[]; isGood: boolean }> {
  const election = explore(electionModel(MODEL_DEPTHS.election));
  const change = explore(changeModel(MODEL_DEPTHS.change));
  for (const { violation } of [election, change]) if (violation !== null) say(violation);
  const violations = [election, change].filter((model) => model.violation !== null).length;
  const figures = [
    one('election.states', election.states),
    one('election.depth', election.depth, 'actions'),
    one('change.states', change.states),
    one('change.depth', change.depth, 'actions'),
    one('violations', violations),
  ];
  return { figures, isGood: violations === 0 };
}

const run = values.planted
  ? plantedFigures
  : values.model
    ? modelFigures
    : values.trust
      ? async () => ({ figures: await trustFigures(), isGood: true })
      : seedFigures;
const { figures, isGood } = await run();
printFigures('simulate', figures, values.json);
process.exit(isGood ? 0 : 1);

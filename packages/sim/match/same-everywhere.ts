/** For tests: a game whose states are known by hash, on every machine and in every browser. */
import { openWasm } from '@dreampitch/compute';
import { canonicalise, hashState, stateFields } from '../environment/state-fields.ts';
import { VectorEnvironment } from '../environment/vector-environment.ts';
import { randomPolicy, scriptedPolicy } from '../policy/policies.ts';
import { soccer } from '../soccer/soccer.ts';
import { Match } from './match.ts';

/**
 * Changes only when soccer.wgsl or the bots do; then both the Node and the browser test tell the new
 * hash.
 */
export const KNOWN_HASH = 'a54101acf43e93ed-3f8f2631';

/** The hash of the last state and of all inputs of 1500 ticks of 3v3. */
export async function hashOfGame(): Promise<string> {
  using compute = await openWasm({ threadCount: 1 });
  using match = await Match.create(compute, {
    robotsPerTeam: 3,
    rules: { kickOffTicks: 10, celebrationTicks: 20, randomStartPercent: 50 },
    seed: 4_031_999,
    controllers: [
      scriptedPolicy,
      scriptedPolicy,
      scriptedPolicy,
      randomPolicy(9),
      scriptedPolicy,
      'human',
    ],
    startedAt: 0,
  });
  for (let tick = 0; tick < 1500; tick++) {
    match.command(5, (tick * 7) % 255, 127 - ((tick * 3) % 255));
    match.step();
  }
  const { keyStates, inputs } = match.finish();
  let sum = 0;
  for (const input of inputs) sum = (Math.imul(sum, 31) + input) >>> 0;
  return `${hashState(keyStates.at(-1)!.world, stateFields(soccer(3)))}-${sum.toString(16)}`;
}

/** Of N worlds of 3v3, scripted players against random wheels: N times the ticks are steps. */
export const KNOWN_WORLDS = [
  { worldCount: 64, ticks: 300, hash: '88075cb2' },
  /** Ten million steps: `VITE_TEN_MILLION=1 npx vitest run packages/sim/match/same-everywhere`. */
  { worldCount: 1024, ticks: 9780, hash: '48c0599c' },
] as const;

const TICKS_PER_DECISION = 4;
const TICKS_PER_HASH = 60;

/** The hash of all states of every 60th tick. */
export async function hashOfWorlds(options: {
  worldCount: number;
  ticks: number;
}): Promise<string> {
  const { worldCount, ticks } = options;
  using compute = await openWasm({ threadCount: 1 });
  const environment = soccer(3);
  using worlds = await VectorEnvironment.create(compute, environment, { worldCount });
  const team = (first: number) =>
    Uint32Array.from({ length: 3 * worldCount }, (_, i) => 6 * Math.floor(i / 3) + first + (i % 3));
  using scripted = await scriptedPolicy.attach(worlds, team(0));
  using random = await randomPolicy(17).attach(worlds, team(3));
  worlds.reset(2_026);
  const { step, observe } = worlds.dispatches;
  const held = Array.from({ length: TICKS_PER_DECISION }, () => step);
  const decision = [observe, ...scripted.dispatches, ...random.dispatches, ...held];
  const fields = stateFields(environment);
  let all = '';
  for (let tick = 0; tick < ticks; tick += TICKS_PER_HASH) {
    compute.submit(decision, { times: TICKS_PER_HASH / TICKS_PER_DECISION });
    const states = compute.readSync(worlds.buffers.worlds);
    for (let n = 0; n < worldCount; n++) {
      const state = states.slice(n * fields.bytes, (n + 1) * fields.bytes);
      canonicalise(state, fields);
      all = hashText(all + hashState(state, fields));
    }
  }
  return all;
}

/** FNV-1a, 32 bits, in hex. */
function hashText(text: string): string {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}

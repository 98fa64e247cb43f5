/** For tests: a game whose states are known by hash, on every machine and in every browser. */
import { openWasm } from '@dreampitch/compute';
import { hashState, stateFields } from '../environment/state-fields.ts';
import { randomPolicy, scriptedPolicy } from '../policy/policies.ts';
import { soccer } from '../soccer/soccer.ts';
import { Match } from './match.ts';

/**
 * Changes only when soccer.wgsl or the bots do; then both the Node and the browser test tell the new
 * hash.
 */
export const KNOWN_HASH = '497a7585046c5bb0-470c4579';

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

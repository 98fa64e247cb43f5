/** Bugs on purpose: one rule turned off at a time, each of which the simulation must notice. */
import { ALL_MACHINE_RULES, ALL_RULES } from '@dreampitch/swarm';
import type { MachineRules, Rules } from '@dreampitch/swarm';
import { simulate } from './run.ts';
import { NOTHING_PLANTED } from './world.ts';
import type { PlantedRules } from './world.ts';

export type Planted = { readonly name: string; readonly planted: PlantedRules };

const CONSENSUS = Object.keys(ALL_RULES) as (keyof Rules)[];
const MACHINE = Object.keys(ALL_MACHINE_RULES) as (keyof MachineRules)[];

/** Every rule of consensus and state machine, and the one of the surroundings. */
export const PLANTED: readonly Planted[] = [
  ...CONSENSUS.map((name) => ({
    name,
    planted: { ...NOTHING_PLANTED, rules: { ...ALL_RULES, [name]: false } },
  })),
  ...MACHINE.map((name) => ({
    name,
    planted: { ...NOTHING_PLANTED, machineRules: { ...ALL_MACHINE_RULES, [name]: false } },
  })),
  { name: 'clearedIsNew', planted: { ...NOTHING_PLANTED, clearedIsNew: false } },
];

export type Found = { readonly name: string; readonly seed: number; readonly violation: string };

/** The first seed from `from` on that notices; null where `seedsMax` of them do not. */
export function findPlanted(
  { name, planted }: Planted,
  { from, seedsMax }: { from: number; seedsMax: number },
): Found | null {
  for (let seed = from; seed < from + seedsMax; seed++) {
    const { violation } = simulate(seed, { planted });
    if (violation !== null) return { name, seed, violation };
  }
  return null;
}

/** From a driver's name to what drives. Kept players and `learning` are loaded when asked for. */
import type { Controller, Policy } from '@dreampitch/sim';
import { randomPolicy, scriptedPolicy } from '@dreampitch/sim';
import type { Driver, MatchSetup } from './setup.ts';
import { controllersOf, playerIdOf } from './setup.ts';

export type LoadPlayer = (id: number) => Promise<Policy>;

export async function policiesOf(
  setup: MatchSetup,
  seed: number,
  loadPlayer: LoadPlayer,
): Promise<Controller[]> {
  const players = new Map<Driver, Policy>();
  for (const driver of [setup.blue, setup.orange]) {
    const id = playerIdOf(driver);
    if (id !== null && !players.has(driver)) players.set(driver, await loadPlayer(id));
  }
  return controllersOf(setup).map((driver) => {
    if (driver === 'human') return 'human';
    if (driver === 'scripted') return scriptedPolicy;
    if (driver === 'random') return randomPolicy(seed);
    return players.get(driver)!;
  });
}

/** What the scoreboard calls a team. */
export function teamNameOf(driver: Driver, playerName: string | null): string {
  switch (driver) {
    case 'you':
      return 'You';
    case 'friend':
      return 'Friend';
    case 'scripted':
      return 'Scripted bot';
    case 'random':
      return 'Random bot';
    default:
      return playerName ?? 'Trained player';
  }
}

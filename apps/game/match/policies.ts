/** From a driver's name to what drives. Kept players and `learning` are loaded when asked for. */
import type { Controller, Policy } from '@dreampitch/sim';
import { easyPolicy, normalPolicy, randomPolicy, scriptedPolicy } from '@dreampitch/sim';
import type { Bot, Driver, MatchSetup } from './setup.ts';
import { BOTS, controllersOf, isBot, playerIdOf } from './setup.ts';

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
    return isBot(driver) ? botPolicy(driver, seed) : players.get(driver)!;
  });
}

function botPolicy(bot: Bot, seed: number): Policy {
  switch (bot) {
    case 'random':
      return randomPolicy(seed);
    case 'easy':
      return easyPolicy;
    case 'normal':
      return normalPolicy;
    case 'scripted':
      return scriptedPolicy;
    default:
      throw new Error(`unreachable: ${String(bot satisfies never)}`);
  }
}

/** What the scoreboard calls a team. */
export function teamNameOf(driver: Driver, playerName: string | null): string {
  if (driver === 'you') return 'You';
  if (driver === 'friend') return 'Friend';
  return isBot(driver) ? BOTS[driver].name : (playerName ?? 'Trained player');
}

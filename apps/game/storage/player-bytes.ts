/** Kept players with what they learned: apart from their list, which needs no networks. */
import { encodePlayer, encodePolicy } from '@dreampitch/learning';
import type { Policy } from '@dreampitch/sim';
import type { Database, PlayerRow } from './database.ts';
import { type LearnedNetwork, learnedPolicy } from './learned-policy.ts';
import { summaryOf } from './players.ts';

/** The kept player as what drives a robot. Throws where it is gone or its bytes are damaged. */
export async function loadPlayer(database: Database, id: number): Promise<Policy> {
  const row = await database.players.get(id);
  if (!row) throw new Error('That player is not kept any more; choose another opponent.');
  if (summaryOf(row, null).damaged) {
    throw new Error('That kept player is damaged; choose another opponent.');
  }
  try {
    return learnedPolicy(row.bytes, row.name);
  } catch (error) {
    const reason = (error as Error).message;
    throw new Error(`The kept player '${row.name}' cannot be read: ${reason}`, { cause: error });
  }
}

export type PlayerToKeep = {
  readonly name: string;
  readonly learned: LearnedNetwork;
  readonly winRate: number | null; // against the scripted bot
};

export function keepPlayer(
  database: Database,
  { name, learned, winRate }: PlayerToKeep,
  createdAt: number,
): Promise<number> {
  const isPlayer = learned.kind === 'player';
  const { environment, version } = isPlayer ? learned.player : learned.network;
  const row: Omit<PlayerRow, 'id'> = {
    createdAt,
    name,
    environment,
    version,
    winRate,
    bytes: isPlayer ? encodePlayer({ ...learned.player, name }) : encodePolicy(learned.network),
    ...(isPlayer ? {} : { algorithm: learned.network.algorithm }),
  };
  return database.players.add(row);
}

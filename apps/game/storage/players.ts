/** Kept players: trained networks that can be played against. */
import type { Player } from '@dreampitch/learning';
import { decodePlayer, encodePlayer } from '@dreampitch/learning';
import type { Database, PlayerRow } from './database.ts';

export type PlayerSummary = {
  readonly id: number;
  readonly name: string;
  readonly environment: string;
  readonly createdAt: number;
  readonly winRate: number | null; // against the scripted bot, when it was kept
  /** Trained in this version of the environment. */
  readonly current: boolean;
};

export const PLAYER_NAME_LENGTH_MAX = 40;

export async function listPlayers(
  database: Database,
  versionOfEnvironment: (id: string) => Promise<string | null>,
): Promise<PlayerSummary[]> {
  const rows = (await database.players.orderBy('createdAt').toArray()).toReversed();
  return Promise.all(
    rows.map(async ({ id, name, environment, createdAt, winRate, version }) => {
      const current = (await versionOfEnvironment(environment)) === version;
      return { id, name, environment, createdAt, winRate, current };
    }),
  );
}

/** The kept player, decoded. Throws where it is gone or its bytes are damaged. */
export async function loadPlayer(database: Database, id: number): Promise<Player> {
  const row = await database.players.get(id);
  if (!row) throw new Error('That player is not kept any more; choose another opponent.');
  const decoded = decodePlayer(row.bytes);
  if (!decoded.ok) {
    throw new Error(`The kept player '${row.name}' cannot be read (${decoded.reason}).`);
  }
  return { ...decoded.player, name: row.name };
}

export function keepPlayer(database: Database, player: Player, createdAt: number): Promise<number> {
  const { name, environment, version } = player;
  const { winRate } = player.training;
  const row: Omit<PlayerRow, 'id'> = {
    createdAt,
    name,
    environment,
    version,
    winRate,
    bytes: encodePlayer(player),
  };
  return database.players.add(row);
}

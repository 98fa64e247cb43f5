/** Kept players: trained networks that can be played against. */
import type { Database, PlayerRow } from './database.ts';

export type PlayerSummary = {
  readonly id: number;
  readonly name: string;
  readonly environment: string;
  readonly createdAt: number;
  readonly winRate: number | null; // against the scripted bot, when it was kept
  /** Trained in this version of the environment. */
  readonly current: boolean;
  /** Its row is not what was written: it can only be deleted. */
  readonly damaged: boolean;
  /** The evolution strategy can start from it. */
  readonly evolves: boolean;
};

export const PLAYER_NAME_LENGTH_MAX = 40;

/** A name of at most so many code points: half an emoji is none. */
export function shortened(name: string): string {
  return Array.from(name.trim()).slice(0, PLAYER_NAME_LENGTH_MAX).join('').trim();
}

/** What is stored is not trusted to be what was written. Pure. */
export function summaryOf(row: PlayerRow, versionHere: string | null): PlayerSummary {
  const { id, name, environment, createdAt, winRate, version, bytes } = row as Partial<PlayerRow>;
  const damaged =
    typeof name !== 'string' ||
    typeof environment !== 'string' ||
    !Number.isFinite(createdAt) ||
    !(winRate === null || Number.isFinite(winRate)) ||
    !(bytes instanceof Uint8Array);
  if (!damaged) {
    const current = versionHere === version;
    return {
      id: row.id,
      name,
      environment,
      createdAt: createdAt ?? 0,
      winRate: winRate ?? null,
      current,
      damaged,
      evolves: row.algorithm === undefined,
    };
  }
  // Of no environment, so that it is offered nowhere.
  const title = `Damaged player ${String(id)}`;
  const of = { environment: '', createdAt: 0, winRate: null, current: true, evolves: false };
  return { id: row.id, name: title, ...of, damaged };
}

/** Newest first. */
export async function listPlayers(
  database: Database,
  versionOfEnvironment: (id: string) => Promise<string | null>,
): Promise<PlayerSummary[]> {
  const rows = (await database.players.toArray()).toReversed();
  return Promise.all(
    rows.map(async (row) => summaryOf(row, await versionOfEnvironment(row.environment))),
  );
}

/** A kept player as what drives a robot. A match may need it before the library is open. */
import type { Policy } from '@dreampitch/sim';
import { Database } from './database.ts';
import { loadPlayer } from './player-bytes.ts';

export async function loadPolicy(id: number): Promise<Policy> {
  const database = new Database();
  try {
    return await loadPlayer(database, id);
  } finally {
    database.close();
  }
}

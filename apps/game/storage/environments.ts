/** Environments that a person wrote: put, list, read. What is read is not trusted. */
import type { Database, EnvironmentRow } from './database.ts';

export type EnvironmentEntry = Pick<EnvironmentRow, 'id' | 'savedAt' | 'name'>;

/** Without `id` it is new. Gives the id. */
export async function putEnvironment(
  database: Database,
  environment: Omit<EnvironmentRow, 'id'>,
  id: number | null,
): Promise<number> {
  if (id === null) return database.environments.add(environment);
  await database.environments.put({ ...environment, id });
  return id;
}

/** Latest first. */
export async function listEnvironments(database: Database): Promise<EnvironmentEntry[]> {
  const rows = await database.environments.toArray();
  return rows
    .filter(({ text }) => typeof text === 'string')
    .map(({ id, savedAt, name }) => ({
      id,
      savedAt: Number.isFinite(savedAt) ? savedAt : 0,
      name: typeof name === 'string' ? name : 'An environment without a name',
    }))
    .sort((a, b) => b.savedAt - a.savedAt);
}

/** The file; null: it is not there, or damaged. */
export async function readEnvironment(database: Database, id: number): Promise<string | null> {
  const row = await database.environments.get(id);
  return typeof row?.text === 'string' ? row.text : null;
}

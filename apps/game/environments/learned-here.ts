/** What a training run learned on a text: the newest run that has something to show. */
import type { Database } from '../storage/database.ts';
import { listRuns, readLatest } from '../storage/runs.ts';

export type Learned = {
  readonly runId: number;
  readonly runName: string;
  readonly steps: number;
  readonly policy: Uint8Array<ArrayBuffer>; // for learnedPolicy
};

export type RunsHere = {
  /** Newest first. */
  readonly runs: readonly { readonly id: number; readonly name: string }[];
  readonly learned: Learned | null;
};

export async function runsOn(database: Database, text: string): Promise<RunsHere> {
  const all = (await listRuns(database)).runs;
  const own = all.filter(({ recipe: { environment } }) => {
    return environment.kind === 'own' && environment.text === text;
  });
  const runs = own.map(({ id, name }) => ({ id, name }));
  for (const { id, name } of runs) {
    const latest = await readLatest(database, id);
    if (latest?.ok && latest.checkpoint.policy.length > 0) {
      const { steps, policy } = latest.checkpoint;
      return { runs, learned: { runId: id, runName: name, steps, policy } };
    }
  }
  return { runs, learned: null };
}

/**
 * What the page keeps, in IndexedDB through Dexie. Every transaction is strict: it is reported done
 * when it is on disk, so that what was kept survives a killed browser.
 */
import { Dexie } from 'dexie';
import type { EntityTable, Transaction } from 'dexie';
import type {
  HistoryRow,
  RunCheckpointRow,
  RunCurveRow,
  RunInputsRow,
  RunRecordingRow,
  RunRow,
} from './run-rows.ts';

export const DATABASE_NAME = 'dreampitch';

/** One match, without its bytes, so that a list of hundreds loads at once. */
export type EpisodeRow = {
  id: number;
  startedAt: number; // milliseconds since 1970
  environment: string; // 'soccer-2v2'
  version: string; // of environment and compiler, hex
  controllers: string[]; // one per robot, blue first
  score: [blue: number, orange: number];
  tickCount: number;
  bytes: number; // of the encoded episode
  /** `whole`: played to the end. `part`: left early, or still being played. */
  state: 'whole' | 'part';
};

export type EpisodeBytesRow = { id: number; bytes: Uint8Array<ArrayBuffer> };

export type PlayerRow = {
  id: number;
  createdAt: number;
  name: string;
  environment: string;
  version: string;
  winRate: number | null;
  bytes: Uint8Array<ArrayBuffer>; // encodePlayer, or encodePolicy where there is an algorithm
  algorithm?: string;
};

/** What a person decided once. localStorage would lose it with a browser killed soon after. */
export type SettingRow = { name: 'consent'; value: string };

/** An environment that a person wrote: its file as text (`parseEnvironment`). */
export type EnvironmentRow = {
  id: number;
  savedAt: number;
  name: string;
  text: string;
};

export class Database extends Dexie {
  declare episodes: EntityTable<EpisodeRow, 'id'>;
  declare episodeBytes: EntityTable<EpisodeBytesRow, 'id'>;
  declare players: EntityTable<PlayerRow, 'id'>;
  declare runs: EntityTable<RunRow, 'id'>;
  declare runCurves: EntityTable<RunCurveRow, 'id'>;
  declare runCheckpoints: EntityTable<RunCheckpointRow, 'id'>;
  declare runRecordings: EntityTable<RunRecordingRow, 'id'>;
  declare runInputs: EntityTable<RunInputsRow, 'id'>;
  declare histories: EntityTable<HistoryRow, 'id'>;
  declare environments: EntityTable<EnvironmentRow, 'id'>;
  declare settings: EntityTable<SettingRow, 'name'>;

  constructor(name = DATABASE_NAME) {
    super(name, { chromeTransactionDurability: 'strict' });
    this.version(1).stores({
      episodes: '++id, startedAt',
      episodeBytes: 'id',
      players: '++id, createdAt',
      checkpoints: 'id',
    });
    this.version(2).stores({ environments: '++id, savedAt', settings: 'name' });
    this.version(3)
      .stores({
        runs: '++id, createdAt',
        runCurves: 'id',
        runCheckpoints: '++id, runId',
        runRecordings: '++id, runId',
      })
      .upgrade(takeOverRun);
    this.version(4).stores({ checkpoints: null });
    this.version(5).stores({ runInputs: 'id', histories: '++id' }).upgrade(takeOverStarts);
  }
}

/** Versions 1 and 2 kept one run at most, of a soccer player. */
type OldRun = {
  savedAt: number;
  bytes: Uint8Array<ArrayBuffer>;
  goal: { minutes: number; secondsDone: number };
  robotsPerTeam: 1 | 2 | 3;
};

async function takeOverRun(transaction: Transaction): Promise<void> {
  const old = (await transaction.table('checkpoints').get('current')) as OldRun | undefined;
  if (!(old?.bytes instanceof Uint8Array) || !Number.isFinite(old.goal?.secondsDone)) return;
  const { savedAt, bytes, robotsPerTeam } = old;
  const [seconds, goalSeconds] = [old.goal.secondsDone, old.goal.minutes * 60];
  const size = `${robotsPerTeam}v${robotsPerTeam}`;
  const row = {
    createdAt: savedAt,
    name: `Soccer ${size}`,
    recipe: {
      environment: { kind: 'listed', id: `soccer-${size}` },
      algorithm: 'evolution',
      options: {}, // its checkpoint has them
      seed: 0,
      goalSeconds,
      playerId: null,
    },
    wish: 'rest',
    outcome: seconds >= goalSeconds ? 'finished' : 'none',
    reason: null,
    steps: 0, // its checkpoint has them
    seconds,
    savedAt,
    vainStarts: 0,
  };
  const runId = (await transaction.table('runs').add(row)) as number;
  const none = new Uint8Array(0); // the next checkpoint has them
  const kept = { runId, savedAt, steps: 0, seconds, bytes, policy: none, tensors: none };
  await transaction.table('runCheckpoints').add(kept);
}

/** Versions 3 and 4 named a kept player to start from; since then its bytes are the run's own. */
async function takeOverStarts(transaction: Transaction): Promise<void> {
  const runs = (await transaction.table('runs').toArray()) as (RunRow & {
    recipe?: { playerId?: number | null };
  })[];
  for (const { id, recipe } of runs) {
    const player = (await transaction.table('players').get(recipe?.playerId ?? 0)) as
      | PlayerRow
      | undefined;
    if (!player) continue;
    await transaction.table('runInputs').put({ id, start: player.bytes });
    await transaction.table('runs').update(id, { 'recipe.start': `the player ${player.name}` });
  }
}

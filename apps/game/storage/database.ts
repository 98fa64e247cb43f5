/**
 * What the page keeps, in IndexedDB through Dexie. Every transaction is strict: it is reported done
 * when it is on disk, so that what was kept survives a killed browser.
 */
import { Dexie } from 'dexie';
import type { EntityTable } from 'dexie';

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
  bytes: Uint8Array<ArrayBuffer>; // encodePlayer
};

/** The training run under way; there is one at most. */
export type CheckpointRow = {
  id: 'current';
  savedAt: number;
  generation: number;
  bytes: Uint8Array<ArrayBuffer>; // checkpoint of `learning`
  curve: CurvePoint[];
  goal: { minutes: number; secondsDone: number };
  robotsPerTeam: 1 | 2 | 3;
};

export type CurvePoint = {
  seconds: number; // of training
  winRate: number | null; // against the scripted bot
  fitness: number;
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
  declare checkpoints: EntityTable<CheckpointRow, 'id'>;
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
  }
}

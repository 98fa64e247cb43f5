/**
 * LeRobotDataset v3.0, as the Python library `lerobot` reads and writes it (src/lerobot/datasets,
 * DatasetInfo of utils.py; DEFAULT_FEATURES of utils/constants.py):
 *
 *   meta/info.json                             features, counts, paths
 *   meta/stats.json                            of every feature: min, max, mean, std, count, quantiles
 *   meta/tasks.parquet                         what was to be done, in words; a table of pandas
 *   meta/episodes/chunk-000/file-000.parquet   one row per episode: length, place, statistics
 *   data/chunk-000/file-000.parquet            one row per frame, one row group per episode
 */

/** A column of frames: numbers of one type; one number has shape [1]. */
export type Feature = {
  readonly dtype: string; // NumPy's name: 'float32', 'int64', 'bool'; or 'image', 'video', 'string'
  readonly shape: readonly number[];
  readonly names: readonly string[] | null;
};

export type Features = Readonly<Record<string, Feature>>;

/** meta/info.json. */
export type DatasetInfo = {
  readonly codebase_version: string;
  readonly fps: number;
  readonly features: Features;
  readonly total_episodes: number;
  readonly total_frames: number;
  readonly total_tasks: number;
  readonly chunks_size: number; // files per folder
  readonly data_files_size_in_mb: number;
  readonly video_files_size_in_mb: number;
  readonly data_path: string;
  readonly video_path: string | null;
  readonly robot_type: string | null;
  readonly splits: Readonly<Record<string, string>>; // { train: '0:10' }
};

export const CODEBASE_VERSION = 'v3.0';
export const CHUNK_FILES = 1000;
export const DATA_FILE_MB = 100;
export const VIDEO_FILE_MB = 200;
export const INFO_PATH = 'meta/info.json';
export const STATS_PATH = 'meta/stats.json';
export const TASKS_PATH = 'meta/tasks.parquet';
const CHUNK_FILE = 'chunk-{chunk_index:03d}/file-{file_index:03d}';
export const EPISODES_PATH = `meta/episodes/${CHUNK_FILE}.parquet`;
export const DATA_PATH = `data/${CHUNK_FILE}.parquet`;

const one = (dtype: string): Feature => ({ dtype, shape: [1], names: null });

/** What every dataset has beside its own features, in this order behind them. */
export const DEFAULT_FEATURES = {
  timestamp: one('float32'),
  frame_index: one('int64'),
  episode_index: one('int64'),
  index: one('int64'),
  task_index: one('int64'),
} satisfies Features;

/** Python's str.format for the fields that paths have. */
export function pathOf(template: string, fields: Readonly<Record<string, number>>): string {
  return template.replaceAll(/\{(\w+)(?::0(\d)d)?\}/g, (_, name: string, width?: string) => {
    const value = fields[name];
    if (value === undefined) throw new DatasetError(`'${template}' wants '${name}'`);
    return String(value).padStart(Number(width ?? 0), '0');
  });
}

export function sizeOfFeature({ shape }: Feature): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** What does not fit in a dataset, in words for people. */
export class DatasetError extends Error {
  override readonly name = 'DatasetError';
  /** `cure`: what to do, in a sentence. */
  constructor(problem: string, cure?: string) {
    super(`LeRobotDataset: ${problem}.${cure ? ` ${cure}.` : ''}`);
  }
}

/** What to do where files are missing, or are not what was written. */
export const COPY_AGAIN = 'Copy the dataset again, with all of its files';
/** What to do where files are sound and do not fit one another. */
export const WRITE_AGAIN = 'Correct it, or write the dataset again with lerobot';

export const textOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

const SHOWN_LETTERS_MAX = 60;

/** A value in a message, whatever it is. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const isPlain = typeof value === 'number' || typeof value === 'bigint';
  const text = typeof value === 'string' ? `'${value}'` : JSON.stringify(value, bigintAsText);
  const all = isPlain ? `${value}` : text;
  return all.length > SHOWN_LETTERS_MAX ? `${all.slice(0, SHOWN_LETTERS_MAX)}...` : all;
}

const bigintAsText = (_: string, one: unknown) => (typeof one === 'bigint' ? `${one}` : one);

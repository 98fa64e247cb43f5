/** Reads LeRobotDataset v3.0, whoever wrote it, episode by episode. */
import {
  type AsyncBuffer,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
} from 'hyparquet';
import { parquetSchema } from 'hyparquet';
import { refusal, type Refusal } from '../../binary/container.ts';
import {
  DatasetError,
  type DatasetInfo,
  EPISODES_PATH,
  INFO_PATH,
  pathOf,
  sizeOfFeature,
  TASKS_PATH,
} from './format.ts';

/** A file, or null where there is none; a Blob's or a folder's. */
export type DatasetFiles = (path: string) => Promise<AsyncBuffer | null>;

export type OpenedDataset = { readonly ok: true; readonly dataset: LeRobotDataset } | Refusal;

export type EpisodeEntry = {
  readonly length: number; // T
  readonly tasks: readonly string[];
  readonly path: string; // of its data
  /** Its first row within that file. */
  readonly firstRow: number;
};

/** Types whose values are numbers, by NumPy's names. */
const NUMBERS = /^(float(16|32|64)|u?int(8|16|32|64)|bool)$/;
const isNumber = (dtype: string) => NUMBERS.test(dtype);

/** Whatever the files are, it does not throw; it says what is missing or of another version. */
export async function openDataset(files: DatasetFiles): Promise<OpenedDataset> {
  try {
    const info = await readInfo(files);
    if (typeof info === 'string') return refusal('not-this-kind', info);
    const tasks = await readTasks(files);
    const episodes = await readEpisodes(files, info);
    if (episodes.length !== info.total_episodes) {
      const problem = `${INFO_PATH} tells of ${info.total_episodes} episodes, there are ${episodes.length}`;
      return refusal('truncated', new DatasetError(problem).message);
    }
    return { ok: true, dataset: new LeRobotDataset({ files, info, tasks, episodes }) };
  } catch (error) {
    return refusal('corrupt', error instanceof Error ? error.message : String(error));
  }
}

type Parts = {
  readonly files: DatasetFiles;
  readonly info: DatasetInfo;
  readonly tasks: readonly string[];
  readonly episodes: readonly EpisodeEntry[];
};

export class LeRobotDataset {
  readonly info: DatasetInfo;
  readonly tasks: readonly string[];
  readonly episodes: readonly EpisodeEntry[];
  readonly #files: DatasetFiles;
  #open: { path: string; file: AsyncBuffer; metadata: FileMetaData } | null = null;

  constructor(parts: Parts) {
    this.info = parts.info;
    this.tasks = parts.tasks;
    this.episodes = parts.episodes;
    this.#files = parts.files;
  }

  /** Throws DatasetError where there is no such feature of numbers, naming those that there are. */
  sizeOf(name: string): number {
    const feature = this.info.features[name];
    if (feature && isNumber(feature.dtype)) return sizeOfFeature(feature);
    const all = Object.entries(this.info.features);
    const known = all.filter(([, { dtype }]) => isNumber(dtype)).map(([one]) => one);
    const what = feature ? `of type ${feature.dtype}, not of numbers` : 'missing';
    throw new DatasetError(`feature '${name}' is ${what}; there are ${known.join(', ')}`);
  }

  /** Features of an episode, each [T, size], as f32. Throws DatasetError. */
  async read<Name extends string>(
    episode: number,
    names: readonly Name[],
  ): Promise<Record<Name, Float32Array<ArrayBuffer>>> {
    const entry = this.episodes[episode];
    if (!entry) throw new DatasetError(`there is no episode ${episode}`);
    const sizes = names.map((name) => this.sizeOf(name));
    const { file, metadata } = await this.#file(entry.path);
    const columns = new Set(parquetSchema(metadata).children.map(({ element }) => element.name));
    const missing = names.find((name) => !columns.has(name));
    if (missing) throw new DatasetError(`${entry.path} has no column '${missing}'`);
    const rows = await parquetReadObjects({
      file,
      metadata,
      columns: [...names],
      rowStart: entry.firstRow,
      rowEnd: entry.firstRow + entry.length,
    });
    if (rows.length !== entry.length) {
      const problem = `${rows.length} of the ${entry.length} frames of episode ${episode}`;
      throw new DatasetError(`${entry.path} has only ${problem}`);
    }
    const read = names.map((name, i) => [name, valuesOf(rows, name, sizes[i]!)] as const);
    return Object.fromEntries(read) as Record<Name, Float32Array<ArrayBuffer>>;
  }

  async #file(path: string) {
    if (this.#open?.path === path) return this.#open;
    const file = await needed(this.#files, path);
    this.#open = { path, file, metadata: await parquetMetadataAsync(file) };
    return this.#open;
  }
}

function valuesOf(
  rows: readonly Record<string, unknown>[],
  name: string,
  size: number,
): Float32Array<ArrayBuffer> {
  const values = new Float32Array(rows.length * size);
  rows.forEach((row, t) => {
    const value = row[name];
    const list = Array.isArray(value) ? (value.flat(Infinity) as unknown[]) : [value];
    if (list.length !== size || list.some((one) => one === null || one === undefined)) {
      throw new DatasetError(`feature '${name}' wants ${size} numbers in frame ${t}`);
    }
    list.forEach((one, i) => (values[t * size + i] = Number(one)));
  });
  return values;
}

async function needed(files: DatasetFiles, path: string): Promise<AsyncBuffer> {
  const file = await files(path);
  if (!file) throw new DatasetError(`${path} is missing`);
  return file;
}

/** The description, or why these files are none of this version. */
async function readInfo(files: DatasetFiles): Promise<DatasetInfo | string> {
  const file = await files(INFO_PATH);
  if (!file) return `There is no ${INFO_PATH}: this is no LeRobotDataset.`;
  const text = new TextDecoder().decode(await file.slice(0, file.byteLength));
  const info = JSON.parse(text) as Partial<DatasetInfo> | null;
  const version = info?.codebase_version;
  if (typeof version !== 'string' || !version.startsWith('v3.')) {
    const convert = 'lerobot.scripts.convert_dataset_v21_to_v30 converts from v2.1';
    return `This LeRobotDataset is of version ${String(version)}; v3 is read. ${convert}.`;
  }
  const { features, fps, data_path: path, total_episodes: total } = info!;
  const sound = typeof features === 'object' && features !== null && typeof path === 'string';
  const wrong = Object.entries(features ?? {}).find(([, feature]) => {
    const { dtype, shape } = (feature ?? {}) as { dtype?: unknown; shape?: unknown };
    return typeof dtype !== 'string' || !Array.isArray(shape) || !shape.every(Number.isInteger);
  });
  if (wrong) throw new DatasetError(`feature '${wrong[0]}' has no type or shape`);
  if (!sound || typeof fps !== 'number' || !Number.isSafeInteger(total)) {
    throw new DatasetError(`${INFO_PATH} lacks features, fps, data_path or total_episodes`);
  }
  return info as DatasetInfo;
}

/** By their index. pandas names the column of an index without a name '__index_level_0__'. */
async function readTasks(files: DatasetFiles): Promise<string[]> {
  const file = await needed(files, TASKS_PATH);
  const tasks: string[] = [];
  for (const row of await parquetReadObjects({ file })) {
    tasks[Number(row['task_index'])] = String(row['task'] ?? row['__index_level_0__']);
  }
  return tasks;
}

const ENTRY = [
  'episode_index',
  'tasks',
  'length',
  'data/chunk_index',
  'data/file_index',
  'dataset_from_index',
] as const;

/** File after file, then folder after folder, until there is none. */
async function readEpisodes(files: DatasetFiles, info: DatasetInfo): Promise<EpisodeEntry[]> {
  const rows: Record<string, unknown>[] = [];
  for (let chunk = 0, found = true; found; chunk++) {
    for (let index = 0; ; index++) {
      const place = { chunk_index: chunk, file_index: index };
      const file = await files(pathOf(EPISODES_PATH, place));
      found = file !== null || index > 0;
      if (!file) break;
      rows.push(...(await parquetReadObjects({ file, columns: [...ENTRY] })));
    }
  }
  const firstFrames = new Map<string, number>();
  const entries = rows
    .map((row) => {
      const [index, , length, chunk, file, from] = ENTRY.map((name) => Number(row[name]));
      const path = pathOf(info.data_path, { chunk_index: chunk!, file_index: file! });
      firstFrames.set(path, Math.min(firstFrames.get(path) ?? Infinity, from!));
      return { index: index!, length: length!, path, from: from!, tasks: row['tasks'] as string[] };
    })
    .toSorted((a, b) => a.index - b.index);
  return entries.map(({ length, tasks, path, from }) => {
    return { length, tasks, path, firstRow: from - firstFrames.get(path)! };
  });
}

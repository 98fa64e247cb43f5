/** Reads LeRobotDataset v3.0, whoever wrote it, episode by episode. */
import { refusal, type Refusal } from '../../binary/container.ts';
import { type EpisodeEntry, misfit, readEpisodes, readTasks, wholeOf } from './episodes.ts';
import {
  COPY_AGAIN,
  DatasetError,
  type DatasetInfo,
  DEFAULT_FEATURES,
  sizeOfFeature,
  textOf,
} from './format.ts';
import { readInfo } from './info.ts';
import { type DatasetFiles, openTable, type ParquetTable, type Row, rowsOf } from './parquet.ts';
import { isNumber, valuesOf } from './values.ts';

export type { DatasetFiles } from './parquet.ts';

export type OpenedDataset = { readonly ok: true; readonly dataset: LeRobotDataset } | Refusal;

/** Whatever the files are, it does not throw; it says what is missing or of another version. */
export async function openDataset(files: DatasetFiles): Promise<OpenedDataset> {
  try {
    const info = await readInfo(files);
    if (typeof info === 'string') return refusal('not-this-kind', info);
    const tasks = await readTasks(files, info);
    const episodes = await readEpisodes(files, { info, tasks });
    return { ok: true, dataset: new LeRobotDataset({ files, info, tasks, episodes }) };
  } catch (error) {
    return refusal('corrupt', textOf(error));
  }
}

type Parts = {
  readonly files: DatasetFiles;
  readonly info: DatasetInfo;
  readonly tasks: readonly string[];
  readonly episodes: readonly EpisodeEntry[];
};

const INDEX_COLUMNS = Object.keys(DEFAULT_FEATURES) as (keyof typeof DEFAULT_FEATURES)[];
/** A time that is further than this from its frame, in frames, is of another frame or rate. */
const DRIFT_FRAMES_MAX = 0.5;

export class LeRobotDataset {
  readonly info: DatasetInfo;
  readonly tasks: readonly string[];
  readonly episodes: readonly EpisodeEntry[];
  readonly #files: DatasetFiles;
  #open: ParquetTable | null = null;

  constructor(parts: Parts) {
    this.info = parts.info;
    this.tasks = parts.tasks;
    this.episodes = parts.episodes;
    this.#files = parts.files;
  }

  /** Throws DatasetError where there is no such feature of numbers, naming those that there are. */
  sizeOf(name: string): number {
    return sizeOfFeature(this.#feature(name));
  }

  /**
   * Features of an episode, each [T, size], as f32. Throws DatasetError where the file is not what the
   * description, or the table of episodes, says of it.
   */
  async read<Name extends string>(
    episode: number,
    names: readonly Name[],
  ): Promise<Record<Name, Float32Array<ArrayBuffer>>> {
    const entry = this.episodes[episode];
    if (!entry) {
      const last = this.episodes.length - 1;
      throw new DatasetError(`there is no episode ${episode}; there are those from 0 to ${last}`);
    }
    const features = names.map((name) => this.#feature(name));
    const rows = await rowsOf(await this.#table(entry.path), {
      columns: [...names, ...INDEX_COLUMNS],
      from: entry.firstRow,
      to: entry.firstRow + entry.length,
    });
    this.#checkIndices(rows, { entry, episode });
    const where = `of episode ${episode} in ${entry.path}`;
    const read = names.map((name, i) => {
      return [name, valuesOf(rows, { name, feature: features[i]!, where })] as const;
    });
    return Object.fromEntries(read) as Record<Name, Float32Array<ArrayBuffer>>;
  }

  #feature(name: string) {
    const { features } = this.info;
    const feature = Object.hasOwn(features, name) ? features[name] : undefined;
    if (feature && isNumber(feature.dtype)) return feature;
    const all = Object.entries(features);
    const known = all.filter(([, { dtype }]) => isNumber(dtype)).map(([one]) => one);
    const what = feature ? `of type ${feature.dtype}, not of numbers` : 'missing';
    throw new DatasetError(`feature '${name}' is ${what}; there are ${known.join(', ')}`);
  }

  /** Throws where a frame is not the one that the table of episodes has at its place. */
  #checkIndices(rows: readonly Row[], o: { entry: EpisodeEntry; episode: number }): void {
    const { fps } = this.info;
    const { path, tasks, firstFrame } = o.entry;
    for (const [t, row] of rows.entries()) {
      const where = `${path}: frame ${t} of episode ${o.episode}`;
      const wanted = { episode_index: o.episode, frame_index: t, index: firstFrame + t };
      for (const [name, number] of Object.entries(wanted)) {
        if (wholeOf(row[name]) === number) continue;
        misfit(where, { name, value: row[name], wanted: `${number}` });
      }
      const task = wholeOf(row['task_index']);
      if (task === null || !tasks.includes(this.tasks[task] ?? '')) {
        const wanted = `that of one of its tasks, '${tasks.join("', '")}'`;
        misfit(where, { name: 'task_index', value: row['task_index'], wanted });
      }
      const time = row['timestamp'];
      if (typeof time === 'number' && Math.abs(time * fps - t) <= DRIFT_FRAMES_MAX) continue;
      const rate = `${t / fps} s, as there are ${fps} frames per second`;
      misfit(where, { name: 'timestamp', value: time, wanted: rate });
    }
  }

  async #table(path: string): Promise<ParquetTable> {
    if (this.#open?.path === path) return this.#open;
    const table = await openTable(this.#files, path);
    const frames = this.episodes
      .filter((entry) => entry.path === path)
      .reduce((sum, { length }) => sum + length, 0);
    if (table.rowCount !== frames) {
      const problem = `${path} has ${table.rowCount} frames, its episodes have ${frames}`;
      throw new DatasetError(problem, COPY_AGAIN);
    }
    this.#open = table;
    return table;
  }
}

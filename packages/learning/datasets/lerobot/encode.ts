/** Writes a LeRobotDataset v3.0, episode by episode: never more than one of them in memory. */
import {
  CHUNK_FILES,
  CODEBASE_VERSION,
  DATA_FILE_MB,
  DATA_PATH,
  type DatasetInfo,
  DatasetError,
  DEFAULT_FEATURES,
  EPISODES_PATH,
  type Features,
  INFO_PATH,
  pathOf,
  sizeOfFeature,
  STATS_PATH,
  TASKS_PATH,
  VIDEO_FILE_MB,
} from './format.ts';
import { checkColumn, type Column, columnOf, rowsOf, Table, type TableColumn } from './columns.ts';
import { joined, STATISTIC_NAMES, type Statistics, statisticsOf } from './statistics.ts';

/** Frames from a start to an end. Axes: T frames; columns are [T, ...shape of the feature]. */
export type DatasetEpisode = {
  readonly task: string; // in words: 'Score goals in robot soccer, one against one.'
  readonly length: number; // T
  /** Of every feature, without those that all datasets have. */
  readonly columns: Readonly<Record<string, Column>>;
};

export type DatasetOptions = {
  readonly fps: number; // frames per second, whole
  readonly features: Features;
  readonly robotType?: string | null;
  /** A new data file begins where one would grow beyond. */
  readonly dataFileMegabytes?: number;
};

/** Parts with the same path follow one another and make up its file. */
export type FilePart = { readonly path: string; readonly bytes: Uint8Array<ArrayBuffer> };

type Place = { chunk_index: number; file_index: number };

/** Episodes of so many are one row group in their table. */
const EPISODES_PER_GROUP = 100;

/** Throws DatasetError, naming the feature that does not fit. */
export async function* encodeDataset(
  episodes: AsyncIterable<DatasetEpisode> | Iterable<DatasetEpisode>,
  options: DatasetOptions,
): AsyncGenerator<FilePart> {
  const writer = new DatasetWriter(options);
  for await (const episode of episodes) yield* writer.episode(episode);
  yield* writer.finish();
}

class DatasetWriter {
  readonly #options: Required<DatasetOptions>;
  readonly #features: Features;
  readonly #columns: readonly TableColumn[];
  readonly #episodes: Table;
  readonly #tasks = new Map<string, number>();
  #rows: Record<string, unknown>[] = [];
  #statistics: Record<string, Statistics> | null = null;
  #data: { table: Table; place: Place; firstFrame: number } | null = null;
  #episodeCount = 0;
  #frameCount = 0;

  constructor(options: DatasetOptions) {
    const { fps, robotType = null, dataFileMegabytes = DATA_FILE_MB } = options;
    if (!Number.isSafeInteger(fps) || fps < 1) throw new DatasetError(`fps is ${fps}`);
    this.#options = { ...options, robotType, dataFileMegabytes };
    const own = Object.keys(options.features).find((name) => Object.hasOwn(DEFAULT_FEATURES, name));
    if (own) throw new DatasetError(`feature '${own}' is one that every dataset has already`);
    this.#features = { ...options.features, ...DEFAULT_FEATURES };
    this.#columns = Object.entries(this.#features).map(([name, one]) => columnOf(name, one));
    this.#episodes = new Table(episodeColumns(Object.keys(this.#features)));
  }

  async *episode(episode: DatasetEpisode): AsyncGenerator<FilePart> {
    const { length, task } = episode;
    if (!Number.isSafeInteger(length) || length < 1) {
      throw new DatasetError(`episode ${this.#episodeCount} has ${length} frames`);
    }
    const columns = this.#complete(episode);
    if (this.#data && this.#wouldOverflow(this.#data, length)) yield* this.#closeData();
    const { table, place } = (this.#data ??= this.#openData());
    const rows = Object.entries(columns).map(([name, values]) => {
      return [name, rowsOf(values, this.#features[name]!)] as const;
    });
    await table.append(Object.fromEntries(rows));
    yield { path: pathOf(DATA_PATH, place), bytes: table.take() };
    const statistics = Object.fromEntries(
      Object.entries(columns).map(([name, values]) => {
        return [name, statisticsOf(values, sizeOfFeature(this.#features[name]!))] as const;
      }),
    );
    this.#rows.push(this.#row({ length, task, place, statistics }));
    if (this.#rows.length === EPISODES_PER_GROUP) await this.#flushRows();
    this.#episodeCount += 1;
    this.#frameCount += length;
    this.#statistics = this.#statistics ? joinedAll(this.#statistics, statistics) : statistics;
  }

  async *finish(): AsyncGenerator<FilePart> {
    if (!this.#statistics) throw new DatasetError('there is no episode to be written');
    yield* this.#closeData();
    await this.#flushRows();
    await this.#episodes.finish();
    const place = { chunk_index: 0, file_index: 0 };
    yield { path: pathOf(EPISODES_PATH, place), bytes: this.#episodes.take() };
    yield { path: TASKS_PATH, bytes: await tasksTable([...this.#tasks.keys()]) };
    yield { path: STATS_PATH, bytes: jsonBytes(this.#statistics) };
    yield { path: INFO_PATH, bytes: jsonBytes(this.#info()) };
  }

  /** Every feature of the episode, in order, those that all datasets have too. */
  #complete({ columns, length, task }: DatasetEpisode): Record<string, Column> {
    const unknown = Object.keys(columns).find(
      (name) => !Object.hasOwn(this.#options.features, name),
    );
    if (unknown) throw new DatasetError(`there is no feature '${unknown}'`);
    const index = this.#tasks.get(task) ?? this.#tasks.size;
    this.#tasks.set(task, index);
    const whole = (of: (t: number) => number) =>
      BigInt64Array.from({ length }, (_, t) => BigInt(of(t)));
    const complete: Record<string, Column> = {};
    for (const [name, feature] of Object.entries(this.#options.features)) {
      complete[name] = checkColumn(name, { feature, length, values: columns[name] });
    }
    complete['timestamp'] = Float32Array.from({ length }, (_, t) => t / this.#options.fps);
    complete['frame_index'] = whole((t) => t);
    complete['episode_index'] = whole(() => this.#episodeCount);
    complete['index'] = whole((t) => this.#frameCount + t);
    complete['task_index'] = whole(() => index);
    return complete;
  }

  #openData() {
    return {
      table: new Table(this.#columns),
      place: { chunk_index: 0, file_index: 0 },
      firstFrame: 0,
    };
  }

  #wouldOverflow({ table, firstFrame }: { table: Table; firstFrame: number }, length: number) {
    const perFrame = table.byteCount / (this.#frameCount - firstFrame);
    const limit = this.#options.dataFileMegabytes * 2 ** 20;
    return table.byteCount + perFrame * length >= limit;
  }

  /** The file's end; the next one is opened. */
  async *#closeData(): AsyncGenerator<FilePart> {
    const { table, place } = this.#data!;
    await table.finish();
    yield { path: pathOf(DATA_PATH, place), bytes: table.take() };
    const { chunk_index: chunk, file_index: file } = place;
    const full = file === CHUNK_FILES - 1;
    const next = { chunk_index: full ? chunk + 1 : chunk, file_index: full ? 0 : file + 1 };
    this.#data = { table: new Table(this.#columns), place: next, firstFrame: this.#frameCount };
  }

  #row(o: {
    length: number;
    task: string;
    place: Place;
    statistics: Record<string, Statistics>;
  }): Record<string, unknown> {
    const row: Record<string, unknown> = {
      episode_index: BigInt(this.#episodeCount),
      tasks: [o.task],
      length: BigInt(o.length),
      'data/chunk_index': BigInt(o.place.chunk_index),
      'data/file_index': BigInt(o.place.file_index),
      dataset_from_index: BigInt(this.#frameCount),
      dataset_to_index: BigInt(this.#frameCount + o.length),
      'meta/episodes/chunk_index': 0n,
      'meta/episodes/file_index': 0n,
    };
    for (const [feature, statistics] of Object.entries(o.statistics)) {
      for (const name of STATISTIC_NAMES) {
        const values = statistics[name];
        row[`stats/${feature}/${name}`] = name === 'count' ? values.map(BigInt) : values;
      }
    }
    return row;
  }

  async #flushRows(): Promise<void> {
    if (this.#rows.length === 0) return;
    const names = Object.keys(this.#rows[0]!);
    const columns = names.map((name) => [name, this.#rows.map((row) => row[name])] as const);
    await this.#episodes.append(Object.fromEntries(columns));
    this.#rows = [];
  }

  #info(): DatasetInfo {
    return {
      codebase_version: CODEBASE_VERSION,
      fps: this.#options.fps,
      features: this.#features,
      total_episodes: this.#episodeCount,
      total_frames: this.#frameCount,
      total_tasks: this.#tasks.size,
      chunks_size: CHUNK_FILES,
      data_files_size_in_mb: this.#options.dataFileMegabytes,
      video_files_size_in_mb: VIDEO_FILE_MB,
      data_path: DATA_PATH,
      video_path: null,
      robot_type: this.#options.robotType,
      splits: { train: `0:${this.#episodeCount}` },
    };
  }
}

const whole = (name: string): TableColumn => ({ name, kind: 'int64', list: false });

function episodeColumns(features: readonly string[]): TableColumn[] {
  const places = ['data/chunk_index', 'data/file_index', 'dataset_from_index', 'dataset_to_index'];
  const statistics = features.flatMap((feature) =>
    STATISTIC_NAMES.map((name): TableColumn => {
      const kind = name === 'count' ? 'int64' : 'float64';
      return { name: `stats/${feature}/${name}`, kind, list: true };
    }),
  );
  return [
    whole('episode_index'),
    { name: 'tasks', kind: 'string', list: true },
    whole('length'),
    ...places.map(whole),
    ...statistics,
    whole('meta/episodes/chunk_index'),
    whole('meta/episodes/file_index'),
  ];
}

/** Of pandas' description of its columns. */
const described = (name: string, pandas: string, numpy: string) => ({
  name,
  field_name: name,
  pandas_type: pandas,
  numpy_type: numpy,
  metadata: null,
});

/** pandas finds its index, the tasks, by what the file says of it. */
async function tasksTable(tasks: readonly string[]): Promise<Uint8Array<ArrayBuffer>> {
  const header = { ...described('', 'unicode', 'object'), name: null, field_name: null };
  const pandas = {
    index_columns: ['task'],
    column_indexes: [{ ...header, metadata: { encoding: 'UTF-8' } }],
    columns: [described('task_index', 'int64', 'int64'), described('task', 'unicode', 'object')],
    creator: { library: 'dreampitch', version: '1' },
    pandas_version: '2.2.0',
  };
  const columns: TableColumn[] = [
    whole('task_index'),
    { name: 'task', kind: 'string', list: false },
  ];
  const table = new Table(columns, { pandas: JSON.stringify(pandas) });
  await table.append({ task_index: tasks.map((_, i) => BigInt(i)), task: [...tasks] });
  await table.finish();
  return table.take();
}

function joinedAll(a: Record<string, Statistics>, b: Record<string, Statistics>) {
  const pairs = Object.entries(a).map(([name, one]) => [name, joined(one, b[name]!)] as const);
  return Object.fromEntries(pairs);
}

function jsonBytes(value: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(value, null, 4));
}

/** meta/tasks.parquet and meta/episodes of whoever wrote them: what was done, and where each episode lies. */
import { COPY_AGAIN, DatasetError, type DatasetInfo } from './format.ts';
import { EPISODES_PATH, INFO_PATH, pathOf, shown, TASKS_PATH, WRITE_AGAIN } from './format.ts';
import { type DatasetFiles, fileAt, openTable, type Row, rowsOf, tableOf } from './parquet.ts';

export type EpisodeEntry = {
  readonly length: number; // T
  readonly tasks: readonly string[];
  readonly path: string; // of its data
  /** Its first row within that file. */
  readonly firstRow: number;
  /** Its first frame among those of all episodes. */
  readonly firstFrame: number;
};

/** A whole number from 0, which Parquet has as a bigint where it is of 64 bits; or null. */
export function wholeOf(value: unknown): number | null {
  const number = typeof value === 'bigint' ? Number(value) : value;
  return Number.isSafeInteger(number) && (number as number) >= 0 ? (number as number) : null;
}

/** Throws DatasetError: `where` has `value` for its `name`. */
export function misfit(where: string, o: { name: string; value: unknown; wanted: string }): never {
  throw new DatasetError(`${where} has ${o.name} ${shown(o.value)}; want ${o.wanted}`, WRITE_AGAIN);
}

/** By their index. pandas names the column of an index without a name '__index_level_0__'. */
export async function readTasks(files: DatasetFiles, info: DatasetInfo): Promise<string[]> {
  const table = await openTable(files, TASKS_PATH);
  if (table.rowCount !== info.total_tasks) {
    const problem = `${INFO_PATH} tells of ${info.total_tasks} tasks, ${TASKS_PATH} has ${table.rowCount}`;
    throw new DatasetError(problem, WRITE_AGAIN);
  }
  const column = table.columns.has('__index_level_0__') ? '__index_level_0__' : 'task';
  const tasks = new Map<number, string>();
  const rows = await rowsOf(table, { columns: ['task_index', column] });
  for (const [i, row] of rows.entries()) {
    const [index, task] = [wholeOf(row['task_index']), row[column]];
    const where = `${TASKS_PATH}: row ${i}`;
    if (index === null || index >= rows.length || tasks.has(index)) {
      const wanted = `each from 0 to ${rows.length - 1} once`;
      misfit(where, { name: 'task_index', value: row['task_index'], wanted });
    }
    if (typeof task !== 'string') misfit(where, { name: column, value: task, wanted: 'text' });
    tasks.set(index, task);
  }
  return rows.map((_, i) => tasks.get(i)!);
}

/** Without the place of the row itself, 'meta/episodes/file_index', which lerobot does not read either. */
const WHOLE = [
  'episode_index',
  'length',
  'data/chunk_index',
  'data/file_index',
  'dataset_from_index',
  'dataset_to_index',
] as const;

type Found = Record<(typeof WHOLE)[number], number> & { where: string; tasks: unknown };

/** In order. Throws DatasetError where they do not fit one another, the tasks or the description. */
export async function readEpisodes(
  files: DatasetFiles,
  o: { readonly info: DatasetInfo; readonly tasks: readonly string[] },
): Promise<EpisodeEntry[]> {
  const { info } = o;
  const found = (await rowsOfEpisodes(files, info.total_episodes)).map(foundOf);
  found.sort((a, b) => a.episode_index - b.episode_index);
  const known = new Set(o.tasks);
  const rows = new Map<string, number>(); // so far, of each data file
  const entries: EpisodeEntry[] = [];
  let [frames, place] = [0, 0];
  for (const [i, one] of found.entries()) {
    const want = (name: (typeof WHOLE)[number], fits: boolean, wanted: string) => {
      if (!fits) misfit(one.where, { name, value: one[name], wanted });
    };
    want('episode_index', one.episode_index === i, `each from 0 to ${found.length - 1} once`);
    const { length, dataset_from_index: from, dataset_to_index: to } = one;
    want('length', length > 0, 'at least one frame');
    want('dataset_from_index', from === frames, `${frames}, where the episode before ended`);
    want('dataset_to_index', to === from + length, `${from + length}, as it has ${length} frames`);
    const { 'data/chunk_index': chunk, 'data/file_index': file } = one;
    want('data/file_index', file < info.chunks_size, `less than chunks_size, ${info.chunks_size}`);
    const nextPlace = chunk * info.chunks_size + file;
    want('data/file_index', nextPlace >= place, 'none before that of the episode before');
    place = nextPlace;
    const path = pathOf(info.data_path, { chunk_index: chunk, file_index: file });
    const firstRow = rows.get(path) ?? 0;
    rows.set(path, firstRow + length);
    entries.push({ length, tasks: tasksOf(one, known), path, firstRow, firstFrame: frames });
    frames += length;
  }
  if (frames === info.total_frames) return entries;
  const problem = `${INFO_PATH} tells of ${info.total_frames} frames, its episodes have ${frames}`;
  throw new DatasetError(problem, WRITE_AGAIN);
}

/** File after file, then folder after folder, until there is none, or there are more than `total`. */
async function rowsOfEpisodes(files: DatasetFiles, total: number): Promise<[string, Row][]> {
  const rows: [string, Row][] = [];
  let [chunk, index] = [0, 0];
  const misses = (count: number, end: string) => {
    const problem = `${INFO_PATH} tells of ${total} episodes, there are ${count} ${end}`;
    return new DatasetError(problem, COPY_AGAIN);
  };
  for (;;) {
    const path = pathOf(EPISODES_PATH, { chunk_index: chunk, file_index: index });
    const file = await fileAt(files, path);
    if (file) {
      const table = await tableOf(file, path);
      const { rowCount } = table;
      if (rowCount === 0) throw new DatasetError(`${path} has no episode`, COPY_AGAIN);
      if (rows.length + rowCount > total) throw misses(rows.length + rowCount, `in ${path}`);
      const read = await rowsOf(table, { columns: [...WHOLE, 'tasks'] });
      for (const [i, row] of read.entries()) rows.push([`${path}: row ${i}`, row]);
      index += 1;
    } else if (index > 0) {
      [chunk, index] = [chunk + 1, 0];
    } else if (rows.length === total) {
      return rows;
    } else {
      throw misses(rows.length, `up to ${path}, which is missing`);
    }
  }
}

function foundOf([where, row]: [string, Row]): Found {
  const numbers = WHOLE.map((name) => {
    const number = wholeOf(row[name]);
    if (number !== null) return [name, number] as const;
    return misfit(where, { name, value: row[name], wanted: 'a whole number from 0' });
  });
  return { where, tasks: row['tasks'], ...Object.fromEntries(numbers) } as Found;
}

function tasksOf({ where, tasks }: Found, known: ReadonlySet<string>): string[] {
  if (!Array.isArray(tasks))
    misfit(where, { name: 'tasks', value: tasks, wanted: 'a list of texts' });
  const strange = (tasks as unknown[]).find((one) => typeof one !== 'string' || !known.has(one));
  if (strange === undefined) return tasks as string[];
  return misfit(where, { name: 'task', value: strange, wanted: `one that ${TASKS_PATH} has` });
}

/** Parquet files of whoever wrote them: what is unsound in one is a DatasetError that names it. */
import {
  type AsyncBuffer,
  type ColumnMetaData,
  type DecodedArray,
  type FileMetaData,
  parquetMetadata,
  parquetSchema,
  type RowGroup,
} from 'hyparquet';
import { parquetReadColumn } from 'hyparquet/src/read.js';
import {
  getMaxDefinitionLevel,
  getMaxRepetitionLevel,
  getSchemaPath,
} from 'hyparquet/src/schema.js';
import { COPY_AGAIN, DatasetError, textOf } from './format.ts';
import { checkPages, endOfStruct, VALUES_MAX } from './parquet-pages.ts';

/** A file, or null where there is none; a Blob's or a folder's. */
export type DatasetFiles = (path: string) => Promise<AsyncBuffer | null>;

export type ParquetTable = {
  readonly path: string;
  readonly rowCount: number;
  readonly columns: ReadonlySet<string>;
  readonly file: AsyncBuffer;
  readonly metadata: FileMetaData;
  /** Columns of the row group that was read last: it may have many episodes, read one by one. */
  readonly kept: { group: RowGroup | null; columns: Map<string, DecodedArray> };
};

export type Row = Readonly<Record<string, unknown>>;

const TAIL_BYTES = 8; // u32 bytes of the description | 'PAR1'
const MAGIC = 0x31524150;
/** Each row has an index of its own, of 8 bytes; Snappy leaves half of them. */
const ROW_BYTES_MIN = 4;
/** A run says much in few bytes; Snappy leaves 7 of a frame's own, so 7000 numbers fit that never change. */
const VALUES_PER_BYTE_MAX = 1024;
const PATH_LENGTH_MAX = 16; // lists of five axes have 11 names, one for each step into them

/** The file, null where there is none. Throws DatasetError where it cannot be had. */
export async function fileAt(files: DatasetFiles, path: string): Promise<AsyncBuffer | null> {
  try {
    return await files(path);
  } catch (error) {
    throw new DatasetError(`${path} cannot be opened: ${textOf(error)}`, COPY_AGAIN);
  }
}

/** Throws DatasetError where it is missing, or no Parquet file, or cut short. */
export async function openTable(files: DatasetFiles, path: string): Promise<ParquetTable> {
  const file = await fileAt(files, path);
  if (!file) throw new DatasetError(`${path} is missing`, COPY_AGAIN);
  return tableOf(file, path);
}

export async function tableOf(file: AsyncBuffer, path: string): Promise<ParquetTable> {
  return sound(path, async () => {
    const metadata = await metadataOf(file);
    const rowCount = checkGroups(metadata, { size: file.byteLength, path });
    const columns = new Set(parquetSchema(metadata).children.map(({ element }) => element.name));
    return { path, rowCount, columns, file, metadata, kept: { group: null, columns: new Map() } };
  });
}

/** Rows from `from` up to, not with, `to`, of some columns. Throws DatasetError where one is missing. */
export async function rowsOf(
  table: ParquetTable,
  o: { readonly columns: readonly string[]; readonly from?: number; readonly to?: number },
): Promise<Row[]> {
  const { path } = table;
  const { from = 0, to = table.rowCount } = o;
  const missing = o.columns.find((name) => !table.columns.has(name));
  if (missing !== undefined) {
    const known = [...table.columns].filter((name) => !name.startsWith('stats/')).join(', ');
    throw new DatasetError(`${path} has no column '${missing}'; there are ${known}`);
  }
  return sound(path, async () => {
    const names = [...new Set(o.columns)];
    const rows: Row[] = [];
    let next = 0;
    for (const group of table.metadata.row_groups) {
      const start = next;
      next += Number(group.num_rows);
      const [first, end] = [Math.max(from, start), Math.min(to, next)];
      if (first >= end) continue;
      const columns = await columnsOf(table, { group, start, names });
      for (let i = first; i < end; i++) {
        rows.push(Object.fromEntries(names.map((name, c) => [name, columns[c]![i - start]])));
      }
    }
    return rows;
  });
}

/** Of all rows of a row group; decoded once while it is the last one. */
async function columnsOf(
  { file, metadata, kept }: ParquetTable,
  { group, start, names }: { group: RowGroup; start: number; names: readonly string[] },
): Promise<DecodedArray[]> {
  if (kept.group !== group) [kept.group, kept.columns] = [group, new Map()];
  const { columns } = kept;
  const rowCount = Number(group.num_rows);
  const range = { rowStart: start, rowEnd: start + rowCount };
  for (const name of names) {
    if (columns.has(name)) continue;
    await checkColumn({ file, metadata }, group, name);
    const column = await parquetReadColumn({ file, metadata, columns: [name], ...range });
    if (column.length !== rowCount) {
      throw new Error(`column '${name}' has ${column.length} of ${rowCount} rows`);
    }
    columns.set(name, column);
  }
  return names.map((name) => columns.get(name)!);
}

async function sound<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof DatasetError) throw error;
    const problem = `${path} is no sound Parquet file: ${textOf(error)}`;
    throw new DatasetError(problem, COPY_AGAIN);
  }
}

async function metadataOf(file: AsyncBuffer): Promise<FileMetaData> {
  const size = file.byteLength;
  if (size < TAIL_BYTES + 4) throw new Error(`it has ${size} bytes`);
  const tail = new DataView(await file.slice(size - TAIL_BYTES, size));
  if (tail.getUint32(4, true) !== MAGIC) throw new Error("it does not end with 'PAR1'");
  const length = tail.getUint32(0, true);
  if (length > size - TAIL_BYTES - 4) throw new Error(`its description claims ${length} bytes`);
  const footer = await file.slice(size - TAIL_BYTES - length, size);
  endOfStruct(new DataView(footer, 0, length), 0);
  // Marking GeoParquet's columns never ends where an element has -1 children (hyparquet 1.31.5).
  return parquetMetadata(footer, { geoparquet: false });
}

/** The rows of all groups; throws where counts or places do not fit one another and the file. */
function checkGroups(
  { row_groups: groups, num_rows: total }: FileMetaData,
  { size, path }: { size: number; path: string },
): number {
  let [rows, bytes, values] = [0, 0, 0];
  for (const { num_rows: count, columns } of groups) {
    if (!isCount(count)) throw new Error(`a row group has ${String(count)} rows`);
    rows += Number(count);
    for (const { meta_data: column, file_path: elsewhere } of columns) {
      if (!column || elsewhere) throw new Error('its columns lie in other files');
      const [from, to] = placeOf(column);
      const name = `column '${column.path_in_schema.join('.')}'`;
      if (!(from >= 4 && to > from && to <= size)) {
        throw new Error(`${name} lies at ${from} to ${to} of ${size} bytes`);
      }
      if (!isCount(column.num_values)) {
        const problem = `${path}: ${name} has ${String(column.num_values)} values in a row group`;
        throw new DatasetError(problem, `Write it again with at most ${VALUES_MAX} in each`);
      }
      bytes += to - from;
      values += Number(column.num_values);
    }
  }
  if (typeof total !== 'bigint' || rows !== Number(total)) {
    throw new Error(`its row groups have ${rows} rows, it says ${String(total)}`);
  }
  if (bytes > size) throw new Error(`its columns have ${bytes} of ${size} bytes`);
  if (rows * ROW_BYTES_MIN > size || values > size * VALUES_PER_BYTE_MAX) {
    throw new Error(`it has ${size} bytes, too few for ${rows} rows of ${values} values`);
  }
  return rows;
}

const isCount = (count: unknown) =>
  typeof count === 'bigint' && count >= 0n && count <= BigInt(VALUES_MAX);

function placeOf(column: ColumnMetaData): [from: number, to: number] {
  const from = column.dictionary_page_offset || column.data_page_offset;
  return [Number(from), Number(from + column.total_compressed_size)];
}

/** Throws where the pages of a column in a row group are unsound. */
async function checkColumn(
  { file, metadata }: Pick<ParquetTable, 'file' | 'metadata'>,
  { columns, num_rows: rows }: RowGroup,
  name: string,
): Promise<void> {
  for (const { meta_data: column } of columns) {
    if (!column || column.path_in_schema[0] !== name) continue;
    if (column.path_in_schema.length > PATH_LENGTH_MAX) {
      throw new Error(`column '${name}' has lists within ${column.path_in_schema.length} others`);
    }
    const path = getSchemaPath(metadata.schema, column.path_in_schema);
    const levels = {
      repetition: getMaxRepetitionLevel(path),
      definition: getMaxDefinitionLevel(path),
    };
    if (levels.repetition === 0 && column.num_values !== rows) {
      throw new Error(`column '${name}' has ${column.num_values} values in ${rows} rows`);
    }
    checkPages(await file.slice(...placeOf(column)), column, levels);
  }
}

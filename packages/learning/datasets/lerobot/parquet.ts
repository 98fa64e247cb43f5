/** Parquet files of whoever wrote them: what is unsound in one is a DatasetError that names it. */
import {
  type AsyncBuffer,
  type ColumnMetaData,
  type FileMetaData,
  parquetMetadata,
  parquetReadObjects,
  parquetSchema,
} from 'hyparquet';
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
};

export type Row = Readonly<Record<string, unknown>>;

const TAIL_BYTES = 8; // u32 bytes of the description | 'PAR1'
const MAGIC = 0x31524150;
/** Each row has an index of its own, of 8 bytes; Snappy leaves half of them. */
const ROW_BYTES_MIN = 4;
/** A run says much in few bytes; a frame has 12 of its own, so 3000 numbers fit that never change. */
const VALUES_PER_BYTE_MAX = 256;
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
    const rowCount = checkGroups(metadata, file.byteLength);
    const columns = new Set(parquetSchema(metadata).children.map(({ element }) => element.name));
    return { path, rowCount, columns, file, metadata };
  });
}

/** Rows from `from` up to, not with, `to`, of some columns. Throws DatasetError where one is missing. */
export async function rowsOf(
  table: ParquetTable,
  o: { readonly columns: readonly string[]; readonly from?: number; readonly to?: number },
): Promise<Row[]> {
  const { file, metadata, path, rowCount } = table;
  const { from = 0, to = rowCount } = o;
  const missing = o.columns.find((name) => !table.columns.has(name));
  if (missing !== undefined) {
    const known = [...table.columns].filter((name) => !name.startsWith('stats/')).join(', ');
    throw new DatasetError(`${path} has no column '${missing}'; there are ${known}`);
  }
  return sound(path, async () => {
    const columns = [...new Set(o.columns)];
    await checkColumns(table, { columns, from, to });
    const rows = await parquetReadObjects({ file, metadata, columns, rowStart: from, rowEnd: to });
    if (rows.length === to - from) return rows;
    throw new Error(`${rows.length} of ${to - from} rows are there`);
  });
}

async function sound<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
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
function checkGroups({ row_groups: groups, num_rows: total }: FileMetaData, size: number): number {
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
        throw new Error(`${name} has ${String(column.num_values)} values; ${VALUES_MAX} are read`);
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

/** Throws where the pages of some columns, in the groups that have these rows, are unsound. */
async function checkColumns(
  { file, metadata }: ParquetTable,
  o: { readonly columns: readonly string[]; readonly from: number; readonly to: number },
): Promise<void> {
  let first = 0;
  for (const { num_rows: count, columns } of metadata.row_groups) {
    const rows = Number(count);
    const isRead = first < o.to && first + rows > o.from;
    first += rows;
    if (!isRead) continue;
    for (const { meta_data: column } of columns) {
      if (!column || !o.columns.includes(column.path_in_schema[0]!)) continue;
      if (column.path_in_schema.length > PATH_LENGTH_MAX) {
        const name = column.path_in_schema[0];
        throw new Error(`column '${name}' has lists within ${column.path_in_schema.length} others`);
      }
      const path = getSchemaPath(metadata.schema, column.path_in_schema);
      const levels = {
        repetition: getMaxRepetitionLevel(path),
        definition: getMaxDefinitionLevel(path),
      };
      if (levels.repetition === 0 && Number(column.num_values) !== rows) {
        const name = column.path_in_schema.join('.');
        throw new Error(`column '${name}' has ${column.num_values} values in ${rows} rows`);
      }
      checkPages(await file.slice(...placeOf(column)), column, levels);
    }
  }
}

/** What a file says of its rows, columns and groups, against its size; and what is read of it again. */
import { type FileMetaData, parquetMetadata } from 'hyparquet';
import { ByteWriter } from 'hyparquet-writer';
import { writeMetadata } from 'hyparquet-writer/src/metadata.js';
import { expect, test } from 'vitest';
import { Table, type TableColumn } from './columns.ts';
import { rowsOf, tableOf } from './parquet.ts';

const index: TableColumn = { name: 'index', kind: 'int64', list: false };
const tasks: TableColumn = { name: 'tasks', kind: 'string', list: true };

/** `index` in `groups` of so many rows, `tasks` of the same text so many times in each. */
async function fileOf(groups: readonly number[], textCount: number): Promise<ArrayBuffer> {
  const table = new Table([index, tasks]);
  let next = 0n;
  for (const length of groups) {
    await table.append({
      index: Array.from({ length }, () => next++),
      tasks: Array.from({ length }, () => Array<string>(textCount).fill('balance')),
    });
  }
  await table.finish();
  return table.take().buffer;
}

async function ofNothing(length: number): Promise<ArrayBuffer> {
  const table = new Table([index]);
  await table.append({ index: Array<null>(length).fill(null) });
  await table.finish();
  return table.take().buffer;
}

/** The same pages, described in another way. */
function described(file: ArrayBuffer, change: (metadata: FileMetaData) => void): ArrayBuffer {
  const metadata = parquetMetadata(file);
  change(metadata);
  const writer = new ByteWriter();
  writer.appendBytes(new Uint8Array(file).slice(0, -8 - metadata.metadata_length));
  writeMetadata(writer, metadata);
  writer.appendUint32(0x31524150);
  return writer.getBytes().slice().buffer;
}

const read = async (file: ArrayBuffer, columns = ['index', 'tasks']) =>
  rowsOf(await tableOf(file, 'a.parquet'), { columns });

test('what is sound is read, described again too', async () => {
  const file = await fileOf([3, 2], 2);
  const rows = Array.from({ length: 5 }, (_, i) => {
    return { index: BigInt(i), tasks: ['balance', 'balance'] };
  });
  expect(await read(file)).toEqual(rows);
  expect(await read(described(file, () => {}))).toEqual(rows);
});

test('rows of nothing are refused before they are made', async () => {
  const said = /a.parquet is no sound .* it has \d{3} bytes, too few for 1000 rows of 1000 values/;
  await expect(ofNothing(1000).then((file) => read(file, ['index']))).rejects.toThrow(said);
});

test('a list of one text 2^20 times is refused before it is made', async () => {
  const said = /it has \d+ bytes, too few for 1 rows of 1048577 values/;
  await expect(fileOf([1], 2 ** 20).then((file) => read(file))).rejects.toThrow(said);
});

test('pages that are those of many groups are refused', async () => {
  const file = described(await fileOf([3000], 1), (metadata) => {
    metadata.row_groups = Array.from({ length: 9 }, () => metadata.row_groups[0]!);
    metadata.num_rows *= 9n;
  });
  await expect(read(file)).rejects.toThrow(/its columns have \d+ of \d+ bytes/);
});

test('a row group of more values than are read at once says how to write it', async () => {
  const file = described(await fileOf([3000], 1), (metadata) => {
    metadata.row_groups[0]!.columns[0]!.meta_data!.num_values = 2n ** 25n + 1n;
  });
  await expect(read(file)).rejects.toThrow(
    "a.parquet: column 'index' has 33554433 values in a row group. Write it again with at most 33554432 in each.",
  );
});

test('lists within 16 others are refused', async () => {
  const depth = 17;
  const file = described(await fileOf([3], 1), (metadata) => {
    const [root, , , , element] = metadata.schema;
    const parts = Array.from({ length: depth }, (_, i) => `${i}`);
    const within = parts.map((name) => ({ ...element!, name, num_children: 1 }));
    metadata.schema = [{ ...root!, num_children: 1 }, ...within];
    delete metadata.schema.at(-1)!.num_children;
    const [group] = metadata.row_groups;
    group!.columns = [group!.columns[1]!];
    group!.columns[0]!.meta_data!.path_in_schema = parts;
    delete group!.columns[0]!.meta_data!.statistics;
  });
  await expect(read(file, ['0'])).rejects.toThrow(/column '0' has lists within 17 others/);
});

test('a row group is read once, however many episodes it has', async () => {
  const bytes = await fileOf([8, 8], 1);
  let slices = 0;
  const file = {
    byteLength: bytes.byteLength,
    slice: (from: number, to?: number) => {
      slices += 1;
      return bytes.slice(from, to);
    },
  };
  const table = await tableOf(file, 'a.parquet');
  const indices = async (from: number, to: number) => {
    const rows = await rowsOf(table, { columns: ['index'], from, to });
    return rows.map((row) => Number(row['index']));
  };
  expect(await indices(0, 4)).toEqual([0, 1, 2, 3]);
  const once = slices;
  expect(await indices(4, 8)).toEqual([4, 5, 6, 7]);
  expect(slices).toBe(once);
  expect(await indices(6, 10)).toEqual([6, 7, 8, 9]);
  expect(await indices(10, 12)).toEqual([10, 11]);
  expect(await indices(0, 2)).toEqual([0, 1]); // the group before is read again
});

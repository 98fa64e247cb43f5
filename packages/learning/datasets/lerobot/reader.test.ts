/** Every number and name that a dataset's files hold, wrong: each is refused in words that say where. */
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { beforeAll, expect, test } from 'vitest';
import { pcgHashOf } from '../../random/pcg.ts';
import { type Files, from, saidOf, soundFiles } from '../in-memory.ts';
import { Table, type TableColumn } from './columns.ts';
import { TASKS_PATH as TASKS } from './format.ts';

const EPISODES = 'meta/episodes/chunk-000/file-000.parquet';
const [DATA, NEXT] = ['data/chunk-000/file-000.parquet', 'data/chunk-000/file-001.parquet'];

let files: Files;
beforeAll(async () => {
  files = await soundFiles();
});

test('what is sound is read, whole', async () => {
  expect(Object.keys(files).slice(0, 2)).toEqual([DATA, NEXT]);
  expect(await saidOf(from(files))).toBeNull();
});

const bytesOf = (text: string) => new TextEncoder().encode(text);
type Row = Record<string, unknown>;
type Case = [string, () => Files | Promise<Files>, RegExp];

/** The file again, with other rows; columns are of the kind of their first value. */
async function rewritten(path: string, change: (rows: Row[]) => Row[] | void): Promise<Files> {
  const old = await parquetReadObjects({ file: files[path]!.slice().buffer });
  const rows = change(old) ?? old;
  const names = Object.keys(rows[0] ?? old[0]!).filter((name) => !name.startsWith('stats/'));
  const columns = names.map((name): TableColumn => {
    const value = rows.map((row) => row[name]).find((one) => one !== null) ?? 0n;
    const one: unknown = Array.isArray(value) ? value[0] : value;
    const kinds = {
      number: 'float64',
      bigint: 'int64',
      boolean: 'bool',
      string: 'string',
    } as const;
    return { name, kind: kinds[typeof one as keyof typeof kinds], list: Array.isArray(value) };
  });
  const table = new Table(columns);
  if (rows.length > 0) {
    const data = names.map((name) => [name, rows.map((row) => row[name])] as const);
    await table.append(Object.fromEntries(data));
  }
  await table.finish();
  return { ...files, [path]: table.take() };
}
const row = (path: string, at: number, change: Row) => () =>
  rewritten(path, (rows) => void Object.assign(rows[at]!, change));
const column = (path: string, name: string, change: (value: unknown) => unknown) => () =>
  rewritten(path, (rows) => rows.map((one) => ({ ...one, [name]: change(one[name]) })));
const without = (path: string, name: string) => () =>
  rewritten(path, (rows) => rows.forEach((one) => delete one[name]));
const file =
  (path: string, bytes: (old: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>) => () => ({
    ...files,
    [path]: bytes(files[path]!),
  });
const absent = (path: string) => () => {
  const { [path]: _, ...rest } = files;
  return rest;
};

const EPISODE_CASES: Case[] = [
  ['no tasks', absent(TASKS), /meta\/tasks.parquet is missing. Copy the dataset again/],
  [
    'tasks without a place',
    without(TASKS, 'task_index'),
    /tasks.parquet has no column 'task_index'/,
  ],
  ['tasks without words', without(TASKS, 'task'), /tasks.parquet has no column 'task'; there are/],
  [
    'a task twice',
    row(TASKS, 1, { task_index: 0n }),
    /row 1 has task_index 0; want each from 0 to 1/,
  ],
  ['a task behind', row(TASKS, 1, { task_index: 2n ** 40n }), /row 1 has task_index 1099511627776/],
  ['a task before', row(TASKS, 1, { task_index: -1n }), /row 1 has task_index -1; want each/],
  [
    'tasks in numbers',
    column(TASKS, 'task', () => 4n),
    /tasks.parquet: row 0 has task 4; want text/,
  ],
  ['no episodes', absent(EPISODES), /of 4 episodes, there are 0 up to meta\/episodes.*missing/],
  ['an empty table', () => rewritten(EPISODES, () => []), /file-000.parquet has no episode/],
  [
    'an episode less',
    () => rewritten(EPISODES, (rows) => rows.slice(1)),
    /of 4 episodes, there are 3/,
  ],
  [
    'more episodes, of nothing', // they are counted before they are read
    () => rewritten(EPISODES, () => Array.from({ length: 20 }, () => ({ episode_index: null }))),
    /of 4 episodes, there are 20 in meta\/episodes/,
  ],
  [
    'an episode twice',
    row(EPISODES, 2, { episode_index: 1n }),
    /row 2 has episode_index 1; want each/,
  ],
  ['an episode behind', row(EPISODES, 3, { episode_index: 9n }), /row 3 has episode_index 9; want/],
  ...[
    'episode_index',
    'length',
    'data/chunk_index',
    'data/file_index',
    'dataset_from_index',
    'dataset_to_index',
  ].flatMap((name): Case[] => [
    [`no ${name}`, without(EPISODES, name), new RegExp(`file-000.parquet has no column '${name}'`)],
    [
      `${name} -1`,
      row(EPISODES, 1, { [name]: -1n }),
      new RegExp(`row 1 has ${name} -1; want a whole`),
    ],
    [
      `${name} null`,
      row(EPISODES, 1, { [name]: null }),
      new RegExp(`row 1 has ${name} (null|nothing)`),
    ],
    [
      `${name} 2^62`,
      row(EPISODES, 1, { [name]: 2n ** 62n }),
      new RegExp(`row 1 has ${name} 46116`),
    ],
    [
      `${name} in text`,
      column(EPISODES, name, String),
      new RegExp(`row 0 has ${name} '0'|'40'; want`),
    ],
    [
      `${name} in parts`,
      column(EPISODES, name, () => 0.5),
      new RegExp(`row 0 has ${name} 0.5; want`),
    ],
  ]),
  ['length 0', row(EPISODES, 1, { length: 0n }), /row 1 has length 0; want at least one frame/],
  [
    'length 2^40',
    row(EPISODES, 1, { length: 2n ** 40n }),
    /row 1 has dataset_to_index 81; want 1099/,
  ],
  [
    'a gap',
    row(EPISODES, 1, { dataset_from_index: 41n }),
    /row 1 has dataset_from_index 41; want 40/,
  ],
  [
    'a late end',
    row(EPISODES, 1, { dataset_to_index: 90n }),
    /row 1 has dataset_to_index 90; want 81/,
  ],
  [
    'a file back',
    row(EPISODES, 1, { 'data/file_index': 3n }),
    /row 2 has data\/file_index \d; want none/,
  ],
  [
    'a chunk on',
    row(EPISODES, 3, { 'data/chunk_index': 5n }),
    /frames, its episodes have|chunk-005.* missing/,
  ],
  [
    'tasks in text',
    column(EPISODES, 'tasks', () => 'swing'),
    /row 0 has tasks 'swing'; want a list/,
  ],
  [
    'an unknown task',
    row(EPISODES, 2, { tasks: ['jump'] }),
    /row 2 has task 'jump'; want one that meta/,
  ],
];

const DATA_CASES: Case[] = [
  ['no data', absent(NEXT), /data\/chunk-000\/file-001.parquet is missing. Copy the dataset/],
  [
    'a file for another',
    () => ({ ...files, [NEXT]: files[DATA]! }),
    /file-001.*has \d+ frames, its/,
  ],
  [
    'frames less',
    () => rewritten(DATA, (rows) => rows.slice(1)),
    /file-000.*has \d+ frames, its ep/,
  ],
  [
    'frames swapped',
    () => rewritten(DATA, (rows) => [rows[1]!, rows[0]!, ...rows.slice(2)]),
    /file-000.parquet: frame 0 of episode 0 has frame_index 1; want 0. Correct it/,
  ],
  ...['timestamp', 'frame_index', 'episode_index', 'index', 'task_index'].flatMap(
    (name): Case[] => [
      [`no ${name}`, without(DATA, name), new RegExp(`file-000.parquet has no column '${name}'`)],
      [
        `${name} null`,
        row(DATA, 3, { [name]: null }),
        new RegExp(`frame 3 of episode 0 has ${name} (null|nothing)`),
      ],
      [
        `${name} in text`,
        column(DATA, name, String),
        new RegExp(`frame 0 of episode 0 has ${name} '0'; want`),
      ],
      [
        `${name} elsewhere`,
        column(DATA, name, (value) =>
          typeof value === 'number' ? value + 1 : (value as bigint) + 1n,
        ),
        new RegExp(`frame 0 of episode 0 has ${name} 1; want`),
      ],
    ],
  ),
  [
    'a task of none',
    row(DATA, 3, { task_index: 1n }),
    /has task_index 1; want that of one of its tasks, 'balance'/,
  ],
  [
    'a huge task',
    row(DATA, 3, { task_index: 2n ** 62n }),
    /frame 3 of episode 0 has task_index 46116/,
  ],
  [
    'not a time',
    row(DATA, 3, { timestamp: NaN }),
    /frame 3 of episode 0 has timestamp NaN; want 0.3/,
  ],
  [
    'text',
    column(DATA, 'observation.state', () => 'fast'),
    /wants 2 numbers in frame 0 .*got 'fast'/,
  ],
  [
    'texts',
    column(DATA, 'observation.state', () => ['a', 'b']),
    /'observation.state' is 'a' in frame 0 of episode 0 in data.*calls it float32/,
  ],
  [
    'NaN',
    row(DATA, 3, { 'observation.state': [1, NaN] }),
    /'observation.state' is NaN in frame 3 of/,
  ],
  ['infinity', row(DATA, 3, { 'observation.state': [1, -Infinity] }), /is -Infinity in frame 3 of/],
  ['beyond f32', row(DATA, 3, { 'observation.state': [1, 1e300] }), /is 1e\+300 in frame 3 of/],
  [
    'a number less',
    row(DATA, 3, { 'observation.state': [1] }),
    /wants 2 numbers in frame 3 .*got 1 in/,
  ],
  [
    'a number more',
    row(DATA, 3, { 'observation.state': [1, 2, 3] }),
    /in frame 3 .*got 3 in a list/,
  ],
  [
    'no number',
    row(DATA, 3, { 'observation.state': [1, null] }),
    /is null in frame 3 of episode 0/,
  ],
  [
    'nothing',
    row(DATA, 3, { 'observation.state': null }),
    /wants 2 numbers in frame 3 .*got (null|nothing)/,
  ],
  ['an action of truth', column(DATA, 'action', () => true), /'action' is true in frame 0 .*int64/],
  ['an action of parts', column(DATA, 'action', () => 0.5), /'action' is 0.5 in frame 0 .*int64/],
  ['an end of numbers', column(DATA, 'next.done', () => 1n), /'next.done' is 1 in frame 0 .*bool/],
];

const PARQUET_CASES: Case[] = [TASKS, EPISODES, DATA].flatMap((path): Case[] => {
  const unsound = new RegExp(`${path} is no sound Parquet file: .*\\. Copy the dataset again`);
  return [
    [`${path}: nothing`, file(path, () => new Uint8Array()), unsound],
    [`${path}: zeros`, file(path, () => new Uint8Array(50)), unsound],
    [`${path}: its magic alone`, file(path, () => bytesOf('PAR1PAR1')), unsound],
    [`${path}: cut short`, file(path, (old) => old.slice(0, old.length - 9)), unsound],
    [`${path}: half`, file(path, (old) => old.slice(0, old.length / 2)), unsound],
    [`${path}: its end alone`, file(path, endOf), unsound],
    [`${path}: a description of 4 GB`, file(path, withTail([255, 255, 255, 255])), unsound],
    [`${path}: a description of nothing`, file(path, withTail([0, 0, 0, 0])), unsound],
    [
      `${path}: a list of 2^31 items`,
      file(path, withFooter([0x19, 0xfc, 255, 255, 255, 255, 7])),
      unsound,
    ],
    [
      `${path}: a list of less than none`,
      file(path, withFooter([0x19, 0xfc, 255, 255, 255, 255, 15])),
      unsound,
    ],
    [
      `${path}: a number without end`,
      file(path, withFooter([0x15, ...Array<number>(50).fill(255)])),
      unsound,
    ],
  ];
});

/** Only the description, without what it describes. */
function endOf(old: Uint8Array<ArrayBuffer>) {
  const { metadata_length: length } = parquetMetadata(old.slice().buffer);
  return Uint8Array.from([...bytesOf('PAR1'), ...old.slice(-8 - length)]);
}
function withTail(tail: number[]) {
  return (old: Uint8Array<ArrayBuffer>) =>
    Uint8Array.from([...old.slice(0, -8), ...tail, ...bytesOf('PAR1')]);
}
function withFooter(footer: number[]) {
  return (old: Uint8Array<ArrayBuffer>) =>
    Uint8Array.from([...old.slice(0, 99), ...footer, footer.length, 0, 0, 0, ...bytesOf('PAR1')]);
}

test.each([...EPISODE_CASES, ...DATA_CASES, ...PARQUET_CASES])(
  '%s: refused in words',
  async (_, changed, message) => {
    expect(await saidOf(from(await changed()))).toMatch(message);
  },
);

test('a file that cannot be opened, and one without an end, are refused by their path', async () => {
  const failing = saidOf((path) =>
    path === NEXT ? Promise.reject(new Error('disk')) : from(files)(path),
  );
  expect(await failing).toMatch(/file-001.parquet cannot be opened: disk/);
  const endless = saidOf((path) => from(files)(path.startsWith('meta/episodes') ? EPISODES : path));
  expect(await endless).toMatch(/of 4 episodes, there are 8 in/);
});

const FLIPS = 100;
test.each([TASKS, EPISODES, DATA])(
  '%s with any byte changed reads, or is refused',
  async (path) => {
    for (let i = 0; i < FLIPS; i++) {
      const bytes = files[path]!.slice();
      bytes[pcgHashOf(i, 1) % bytes.length]! ^= 1 + (pcgHashOf(i, 2) % 255);
      const said = await saidOf(from({ ...files, [path]: bytes }));
      if (said !== null)
        expect(said, `seed ${i}`).toMatch(/^LeRobotDataset: .*(parquet|feature|meta)/);
    }
  },
);

import { openWasm } from '@dreampitch/compute';
import { Match, scriptedPolicy, soccer, type Episode } from '@dreampitch/sim';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { expect, test } from 'vitest';
import { datasetEpisodes, datasetOptionsOf, openLeRobotDataset } from './dataset.ts';
import { episodeOf, filesOf, from, json, small } from './in-memory.ts';
import type { DatasetEpisode, DatasetOptions } from './lerobot/encode.ts';
import { collectTransitions, datasetTransitions, episodeTransitions } from './transitions.ts';

test('layout, schemas and metadata are those that lerobot 3.0 writes', async () => {
  const files = await filesOf(
    [episodeOf(5, 'balance'), episodeOf(3, 'swing'), episodeOf(4, 'balance')],
    small,
  );
  expect(Object.keys(files)).toEqual([
    'data/chunk-000/file-000.parquet',
    'meta/episodes/chunk-000/file-000.parquet',
    'meta/tasks.parquet',
    'meta/stats.json',
    'meta/info.json',
  ]);
  expect(json(files['meta/info.json']!)).toMatchObject({
    codebase_version: 'v3.0',
    fps: 10,
    robot_type: 'cart',
    total_episodes: 3,
    total_frames: 12,
    total_tasks: 2,
    chunks_size: 1000,
    data_path: 'data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet',
    video_path: null,
    splits: { train: '0:3' },
    features: {
      'observation.state': { dtype: 'float32', shape: [2], names: ['place', 'speed'] },
      timestamp: { dtype: 'float32', shape: [1], names: null },
      task_index: { dtype: 'int64', shape: [1], names: null },
    },
  });
  const data = files['data/chunk-000/file-000.parquet']!.buffer;
  const { schema, row_groups: groups, key_value_metadata: texts } = parquetMetadata(data);
  expect(texts).toBeUndefined(); // an empty list is refused by Arrow's reader in Rust
  expect(groups.map(({ num_rows: rows }) => rows)).toEqual([5n, 3n, 4n]); // one per episode
  expect(schema.map(({ name, type }) => [name, type])).toEqual([
    ['schema', undefined],
    ['observation.state', undefined],
    ['list', undefined],
    ['element', 'FLOAT'],
    ['action', 'INT64'],
    ['next.done', 'BOOLEAN'],
    ['timestamp', 'FLOAT'],
    ['frame_index', 'INT64'],
    ['episode_index', 'INT64'],
    ['index', 'INT64'],
    ['task_index', 'INT64'],
  ]);
  const rows = await parquetReadObjects({ file: data });
  expect(rows[6]).toEqual({
    'observation.state': [0.5, 0.75],
    action: 1n,
    'next.done': false,
    timestamp: Math.fround(0.1),
    frame_index: 1n,
    episode_index: 1n,
    index: 6n,
    task_index: 1n,
  });
  const episodes = await parquetReadObjects({
    file: files['meta/episodes/chunk-000/file-000.parquet']!.buffer,
  });
  expect(episodes[1]).toMatchObject({
    episode_index: 1n,
    tasks: ['swing'],
    length: 3n,
    'data/chunk_index': 0n,
    'data/file_index': 0n,
    dataset_from_index: 5n,
    dataset_to_index: 8n,
    'meta/episodes/chunk_index': 0n,
    'meta/episodes/file_index': 0n,
    'stats/observation.state/min': [0, 0.25],
    'stats/observation.state/q50': [0.5, 0.75],
    'stats/action/mean': [1 / 3],
    'stats/next.done/count': [3n],
  });
  const tasks = files['meta/tasks.parquet']!.buffer;
  expect(await parquetReadObjects({ file: tasks })).toEqual([
    { task_index: 0n, task: 'balance' },
    { task_index: 1n, task: 'swing' },
  ]);
  const pandas = parquetMetadata(tasks).key_value_metadata!.find(({ key }) => key === 'pandas');
  expect(JSON.parse(pandas!.value!)).toMatchObject({ index_columns: ['task'] });
});

test('statistics of all episodes are those of all frames together', async () => {
  const lengths = [5, 3, 9];
  const files = await filesOf(
    lengths.map((length) => episodeOf(length, 'balance')),
    small,
  );
  const values = lengths.flatMap((length) => Array.from({ length }, (_, t) => t / 2));
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  const stats = json(files['meta/stats.json']!) as Record<string, Record<string, number[]>>;
  const of = stats['observation.state']!;
  expect(of['count']).toEqual([17]);
  expect(of['min']).toEqual([0, 0.25]);
  expect(of['max']).toEqual([4, 4.25]);
  expect(of['mean']![0]).toBeCloseTo(mean, 12);
  expect(of['std']![0]).toBeCloseTo(Math.sqrt(variance), 12);
  expect(of['q10']![0]).toBeCloseTo(0.1, 6); // the least of the three, that of the shortest
  expect(Object.keys(stats)).toContain('task_index');
});

test('a file that would grow too large is followed by the next, and both are read', async () => {
  const episodes = Array.from({ length: 6 }, (_, i) => episodeOf(40 + i, 'balance'));
  const files = await filesOf(episodes, { ...small, dataFileMegabytes: 0.004 });
  const data = Object.keys(files).filter((path) => path.startsWith('data/'));
  expect(data.length).toBeGreaterThan(1);
  expect(data[1]).toBe('data/chunk-000/file-001.parquet');
  const opened = await openLeRobotDataset(from(files));
  if (!opened.ok) throw new Error(opened.message);
  for (const [i, { columns }] of episodes.entries()) {
    const read = await opened.dataset.read(i, ['observation.state', 'action', 'index']);
    expect(read['observation.state']).toEqual(columns['observation.state']);
    expect(read.action).toEqual(Float32Array.from(columns['action'] as BigInt64Array, Number));
    expect(read.index[0]).toBe(episodes.slice(0, i).reduce((sum, { length }) => sum + length, 0));
  }
});

const state = (values: number[]) => ({
  ...episodeOf(1, 'balance'),
  columns: { ...episodeOf(1, 'balance').columns, 'observation.state': Float32Array.from(values) },
});
const feature = (name: string, dtype: string, shape: number[]) => ({
  ...small,
  features: { ...small.features, [name]: { dtype, shape, names: null } },
});
test.each<[string, DatasetEpisode[], DatasetOptions, RegExp]>([
  [
    'a missing feature',
    [episodeOf(2, '')],
    feature('next.reward', 'float32', [1]),
    /'next.reward' is missing: want 2 x 1/,
  ],
  ['too few numbers', [state([1])], small, /'observation.state' wants 1 x 2 of float32, got 1/],
  ['no number', [state([1, NaN])], small, /'observation.state' is NaN in frame 0/],
  [
    'a type that is not written',
    [],
    feature('seen', 'video', [64, 64, 3]),
    /'seen' is of type video; written/,
  ],
  ['a slash', [], feature('a/b', 'float32', [1]), /'a\/b' has a slash/],
  [
    'a type that all objects have',
    [],
    feature('seen', 'constructor', [1]),
    /'seen' is of type constructor; written/,
  ],
  [
    'a feature that is not told of',
    [{ ...state([1, 2]), columns: { ...state([1, 2]).columns, toString: new Uint8Array(1) } }],
    small,
    /there is no feature 'toString'/,
  ],
  [
    'a name that is taken',
    [],
    feature('timestamp', 'float32', [1]),
    /'timestamp' is one that every/,
  ],
  ['nothing', [], small, /no episode/],
])('%s is refused by name', async (_, episodes, options, message) => {
  await expect(filesOf(episodes, options)).rejects.toThrow(message);
});

test('a feature that is not there is refused, naming those that are', async () => {
  const opened = await openLeRobotDataset(from(await filesOf([episodeOf(5, 'balance')], small)));
  if (!opened.ok) throw new Error(opened.message);
  await expect(opened.dataset.read(1, ['action'])).rejects.toThrow(/no episode 1; .* from 0 to 0/);
  for (const name of ['seen', 'constructor']) {
    await expect(opened.dataset.read(0, [name])).rejects.toThrow(
      `'${name}' is missing; there are observation.state, action, next.done, timestamp`,
    );
  }
});

test('a feature by a name that all objects have is written and read', async () => {
  const constructor = Float32Array.from([3, 1, 2]);
  const episode = episodeOf(3, 'balance');
  const columns = { ...episode.columns, constructor };
  const options = feature('constructor', 'float32', [1]);
  const opened = await openLeRobotDataset(from(await filesOf([{ ...episode, columns }], options)));
  if (!opened.ok) throw new Error(opened.message);
  expect(await opened.dataset.read(0, ['constructor'])).toEqual({ constructor });
});

test('a reward of two numbers is refused by its name', async () => {
  const columns = {
    ...episodeOf(5, '').columns,
    'next.reward': new Float32Array(10),
    action: new BigInt64Array(5),
  };
  const files = await filesOf(
    [{ length: 5, task: '', columns }],
    feature('next.reward', 'float32', [2]),
  );
  const opened = await openLeRobotDataset(from(files));
  if (!opened.ok) throw new Error(opened.message);
  const batches = datasetTransitions(opened.dataset, { batchSize: 4 });
  await expect(collectTransitions(batches)).rejects.toThrow(/'next.reward' has 2 numbers; want 1/);
});

async function played(seconds: number): Promise<Episode> {
  using compute = await openWasm();
  using match = await Match.create(compute, {
    robotsPerTeam: 1,
    seed: 3,
    controllers: ['human', scriptedPolicy],
    startedAt: 0,
  });
  for (let t = 0; t < 60 * seconds; t++) {
    match.command(0, 100, 60 + (t % 60));
    match.step();
  }
  return match.finish();
}

const robots = (controller: string) => controller === 'human';

test('transitions of a dataset are those of the episodes that it was made of', async () => {
  using compute = await openWasm();
  const episode = await played(4);
  const direct = await collectTransitions(
    episodeTransitions(compute, [episode], { batchSize: 50, robots }),
  );
  const environment = soccer(1);
  const files = await filesOf(
    datasetEpisodes(compute, [episode], { robots }),
    datasetOptionsOf(environment),
  );
  const opened = await openLeRobotDataset(from(files));
  if (!opened.ok) throw new Error(opened.message);
  expect(opened.dataset.info.fps).toBe(60);
  expect(opened.dataset.tasks).toEqual(['Play soccer-1v1 as human does.']);
  const read = await collectTransitions(datasetTransitions(opened.dataset, { batchSize: 64 }));
  const [N, D, A] = read!.shape;
  expect(direct!.shape).toEqual([240, D, 2]);
  expect(N).toBe(239); // what the last step came to is in no dataset
  expect(A).toBe(2);
  expect(read!.observations).toEqual(direct!.observations.slice(0, N * D));
  expect(read!.nextObservations).toEqual(direct!.nextObservations.slice(0, N * D));
  expect(read!.actions).toEqual(direct!.actions.slice(0, N * A));
  expect(Array.from(read!.actions.subarray(0, 4))).toEqual([100, 60, 100, 61]);
  expect(read!.rewards).toEqual(direct!.rewards.slice(0, N));
});

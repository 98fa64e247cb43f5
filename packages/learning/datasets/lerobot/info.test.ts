/** Everything that meta/info.json says, wrong: each is refused in words that say what. */
import { beforeAll, expect, test } from 'vitest';
import { openLeRobotDataset } from '../dataset.ts';
import { type Files, from, json, saidOf, soundFiles } from '../in-memory.ts';
import { INFO_PATH } from './format.ts';

let files: Files;
beforeAll(async () => {
  files = await soundFiles();
});

type Info = Record<string, unknown> & { features: Record<string, unknown> };
type Case = [string, () => Files, RegExp];
const bytesOf = (text: string) => new TextEncoder().encode(text);

function withInfo(change: (info: Info) => unknown): Files {
  const info = json(files[INFO_PATH]!) as Info;
  const changed = change(info) ?? info;
  return { ...files, [INFO_PATH]: bytesOf(JSON.stringify(changed)) };
}
const field = (name: string, value: unknown) => () =>
  withInfo((info) => void (info[name] = value as never));
const feature = (value: unknown) => () =>
  withInfo((info) => void (info.features['observation.state'] = value));
const state = (change: object) => feature({ dtype: 'float32', shape: [2], ...change });
const text = (bytes: Uint8Array<ArrayBuffer>) => () => ({ ...files, [INFO_PATH]: bytes });

const COUNTS = ['total_episodes', 'total_frames', 'total_tasks'];
const countCases = [...COUNTS, 'chunks_size'].flatMap((name): Case[] =>
  [0, -1, 1.5, '4', null].map((value) => [
    `${name} ${JSON.stringify(value)}`,
    field(name, value),
    new RegExp(`meta/info.json has '${name}' '?${value}'?; want a positive whole number`),
  ]),
);
const lackCases = [...COUNTS, 'fps', 'features', 'data_path'].map((name): Case => [
  `no ${name}`,
  field(name, undefined),
  new RegExp(`meta/info.json lacks '${name}'; want`),
]);

const INFO_CASES: Case[] = [
  ['no description', () => ({}), /no meta\/info.json: this is no LeRobotDataset/],
  ['no JSON', text(bytesOf('{')), /meta\/info.json is no JSON object: .*Copy/],
  ['no text', text(Uint8Array.of(255)), /meta\/info.json is no JSON object/],
  ['a list', () => withInfo(() => []), /meta\/info.json is no JSON object: it is \[\]/],
  ['null', text(bytesOf('null')), /meta\/info.json is no JSON object: it is null/],
  ['version 2.1', field('codebase_version', 'v2.1'), /version 'v2.1'; v3 is read.*convert_dataset/],
  ['no version', field('codebase_version', undefined), /of version nothing; v3 is read/],
  ['version 3', field('codebase_version', 3), /of version 3; v3 is read/],
  ...lackCases,
  ...countCases,
  ['more episodes', field('total_episodes', 7), /of 7 episodes, there are 4 up to .*chunk-001/],
  [
    'fewer episodes',
    () => withInfo((info) => void Object.assign(info, { total_episodes: 3, splits: {} })),
    /of 3 episodes, there are 4 in/,
  ],
  ['2^53 episodes', field('total_episodes', 2 ** 53 - 1), /of 9007199254740991 episodes, there/],
  ['more frames', field('total_frames', 167), /of 167 frames, its episodes have 166/],
  ['more tasks', field('total_tasks', 3), /of 3 tasks, meta\/tasks.parquet has 2/],
  ['fps 0', field('fps', 0), /'fps' 0; want a positive number/],
  ['fps in text', field('fps', '10'), /'fps' '10'; want a positive number/],
  ['another fps', field('fps', 20), /frame 1 of episode 0 has timestamp 0.1\d*; want 0.05 s, as/],
  ['huge fps', field('fps', 1e308), /frame 1 of episode 0 has timestamp/],
  ['small chunks', field('chunks_size', 1), /data\/file_index 1; want less than chunks_size, 1/],
  [
    'sizes in text',
    field('data_files_size_in_mb', '9'),
    /'data_files_size_in_mb' '9'; want a posi/,
  ],
  ['a path of numbers', field('data_path', 7), /'data_path' 7; want text/],
  ['another path', field('data_path', 'd/{file_index}'), /d\/0 is missing. Copy/],
  ['an unknown part', field('data_path', '{episode}'), /'{episode}' wants 'episode'/],
  [
    'a wide part',
    field('data_path', '{file_index:0999999999d}'),
    /'data_path' .*; want a path wit/,
  ],
  ['a path outside', field('data_path', '../{file_index}'), /'data_path' .*; want a path within/],
  ['a path from the root', field('data_path', '/etc'), /'data_path' '\/etc'; want a path within/],
  ['a robot of numbers', field('robot_type', 5), /'robot_type' 5; want text or null/],
  ['splits in text', field('splits', '0:4'), /'splits' '0:4'; want an object/],
  ['splits beyond', field('splits', { train: '0:9' }), /split 'train' '0:9'; want two numbers up/],
  ['splits backwards', field('splits', { train: '3:1' }), /split 'train' '3:1'; want two numbers/],
  ['features in a list', field('features', []), /'features' \[\]; want an object/],
  ['no feature', field('features', {}), /meta\/info.json has no feature/],
  ['a feature of nothing', feature(null), /feature 'observation.state' has no type or shape; want/],
  ['no type', state({ dtype: undefined }), /feature 'observation.state' has no type or shape/],
  ['no shape', state({ shape: undefined }), /feature 'observation.state' has no type or shape/],
  ['shape -2', state({ shape: [-2] }), /'observation.state' has shape \[-2\]; want positive whole/],
  ['shape 0', state({ shape: [0] }), /'observation.state' has shape \[0\]; want positive whole/],
  ['shape 1.5', state({ shape: [1.5] }), /'observation.state' has shape \[1.5\]; want positive/],
  [
    'shape in text',
    state({ shape: ['2'] }),
    /'observation.state' has shape \["2"\]; want positive/,
  ],
  ['a huge shape', state({ shape: [2 ** 31, 2 ** 31] }), /has shape .* 33554432 numbers are read/],
  ['shape 3', state({ shape: [3] }), /wants 3 numbers in frame 0 of episode 0 in data.*; got 2 in/],
  ['shape 2 x 2', state({ shape: [2, 2] }), /wants 4 numbers in frame 0 .*, shape \[2, 2\] by/],
  ['shape 1', state({ shape: [1] }), /wants 1 numbers in frame 0 .*; got 2 in a list/],
  ['bool of floats', state({ dtype: 'bool' }), /is 0 in frame 0 .* calls it bool/],
  ['int64 of floats', state({ dtype: 'int64' }), /is 0.25 in frame 0 .* calls it int64/],
  [
    'names in text',
    state({ names: 'place' }),
    /'observation.state' has names 'place'; want a list/,
  ],
  [
    'a column less',
    () => withInfo((info) => void (info.features['gone'] = info.features['action'])),
    /has no column 'gone'; there are observation.state, action, next.done/,
  ],
];

test.each(INFO_CASES)('%s: refused in words', async (_, changed, message) => {
  expect(await saidOf(from(changed()))).toMatch(message);
});

test('lerobot’s names by group, and what it leaves out, are read', async () => {
  const changed = withInfo((info) => {
    info.features['observation.state'] = {
      dtype: 'float32',
      shape: [2],
      names: { motors: ['a', 'b'] },
    };
    for (const name of ['splits', 'chunks_size', 'video_path']) delete info[name];
  });
  const opened = await openLeRobotDataset(from(changed));
  if (!opened.ok) throw new Error(opened.message);
  const { features, ...info } = opened.dataset.info;
  expect(features['observation.state']!.names).toEqual(['a', 'b']);
  expect(info).toMatchObject({ splits: {}, chunks_size: 1000, video_path: null });
});

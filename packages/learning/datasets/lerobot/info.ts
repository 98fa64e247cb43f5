/** meta/info.json of whoever wrote it. */
import {
  CHUNK_FILES,
  COPY_AGAIN,
  DATA_FILE_MB,
  DatasetError,
  type DatasetInfo,
  type Feature,
  type Features,
  INFO_PATH,
  pathOf,
  shown,
  sizeOfFeature,
  textOf,
  VIDEO_FILE_MB,
} from './format.ts';
import { type DatasetFiles, fileAt } from './parquet.ts';
import { VALUES_MAX } from './parquet-pages.ts';

type Rule = {
  readonly wanted: string;
  readonly fits: (value: unknown) => boolean;
  /** lerobot's own, where the file does not say. */
  readonly otherwise?: unknown;
};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isPositive = (value: unknown) =>
  typeof value === 'number' && Number.isFinite(value) && value > 0;
const isCount = (value: unknown) => Number.isSafeInteger(value) && isPositive(value);
const isText = (value: unknown): value is string => typeof value === 'string';

const count: Rule = { wanted: 'a positive whole number', fits: isCount };
const positive: Rule = { wanted: 'a positive number', fits: isPositive };
const text: Rule = {
  wanted: 'text or null',
  fits: (value) => isText(value) || value === null,
  otherwise: null,
};

const RULES: Readonly<Record<Exclude<keyof DatasetInfo, 'codebase_version'>, Rule>> = {
  fps: positive,
  features: { wanted: 'an object', fits: isObject },
  total_episodes: count,
  total_frames: count,
  total_tasks: count,
  chunks_size: { ...count, otherwise: CHUNK_FILES },
  data_files_size_in_mb: { ...positive, otherwise: DATA_FILE_MB },
  video_files_size_in_mb: { ...positive, otherwise: VIDEO_FILE_MB },
  data_path: { wanted: 'text', fits: isText },
  video_path: text,
  robot_type: text,
  splits: { wanted: "an object such as { train: '0:10' }", fits: isObject, otherwise: {} },
};

/** The description, or why these files are none of this version. Throws DatasetError. */
export async function readInfo(files: DatasetFiles): Promise<DatasetInfo | string> {
  const file = await fileAt(files, INFO_PATH);
  if (!file) return `There is no ${INFO_PATH}: this is no LeRobotDataset.`;
  const parsed = jsonOf(await file.slice(0, file.byteLength));
  const version = parsed['codebase_version'];
  if (typeof version !== 'string' || !/^v3\.\d+$/.test(version)) {
    const convert = 'lerobot.scripts.convert_dataset_v21_to_v30 converts from v2.1';
    return `This LeRobotDataset is of version ${shown(version)}; v3 is read. ${convert}.`;
  }
  const fields = Object.entries(RULES).map(([name, rule]) => {
    return [name, checked(name, parsed[name], rule)] as const;
  });
  const info = { codebase_version: version, ...Object.fromEntries(fields) } as DatasetInfo;
  checkPath(info.data_path);
  checkSplits(info);
  return { ...info, features: featuresOf(info.features) };
}

function jsonOf(bytes: ArrayBuffer): Record<string, unknown> {
  try {
    const decoded = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    const value: unknown = JSON.parse(decoded);
    if (isObject(value)) return value;
    throw new Error(`it is ${shown(value)}`);
  } catch (error) {
    throw new DatasetError(`${INFO_PATH} is no JSON object: ${textOf(error)}`, COPY_AGAIN);
  }
}

function checked(name: string, value: unknown, rule: Rule): unknown {
  if (value === undefined && 'otherwise' in rule) return rule.otherwise;
  if (rule.fits(value)) return value;
  const problem = value === undefined ? `lacks '${name}'` : `has '${name}' ${shown(value)}`;
  throw new DatasetError(`${INFO_PATH} ${problem}; want ${rule.wanted}`);
}

/** Of a path within the dataset; what it stands for is a number of a chunk or of a file. */
function checkPath(template: string): void {
  const path = pathOf(template, { chunk_index: 0, file_index: 0 });
  if (!/[{}\\:]|^\/|(^|\/)\.\.?(\/|$)/.test(path) && path.length > 0) return;
  const wanted = "a path within the dataset such as 'data/chunk-{chunk_index:03d}/file.parquet'";
  throw new DatasetError(`${INFO_PATH} has 'data_path' ${shown(template)}; want ${wanted}`);
}

function checkSplits({ splits, total_episodes: total }: DatasetInfo): void {
  for (const [name, range] of Object.entries<unknown>(splits)) {
    const [, from, to] = /^(\d+):(\d+)$/.exec(isText(range) ? range : '') ?? [];
    if (Number(from) <= Number(to) && Number(to) <= total) continue;
    const wanted = `two numbers up to ${total} such as '0:${total}'`;
    throw new DatasetError(`${INFO_PATH} has split '${name}' ${shown(range)}; want ${wanted}`);
  }
}

function featuresOf(features: Readonly<Record<string, unknown>>): Features {
  const entries = Object.entries(features).map(([name, one]) => [name, featureOf(name, one)]);
  if (entries.length > 0) return Object.fromEntries(entries) as Features;
  throw new DatasetError(`${INFO_PATH} has no feature; want at least one`);
}

function featureOf(name: string, feature: unknown): Feature {
  const { dtype, shape, names = null } = isObject(feature) ? feature : {};
  const where = `${INFO_PATH}: feature '${name}'`;
  if (typeof dtype !== 'string' || !Array.isArray(shape)) {
    const wanted = "want { dtype: 'float32', shape: [2] }";
    throw new DatasetError(`${where} has no type or shape; ${wanted}`);
  }
  if (!shape.every(isCount)) {
    throw new DatasetError(`${where} has shape ${shown(shape)}; want positive whole numbers`);
  }
  const list = namesOf(names);
  if (list === undefined) {
    throw new DatasetError(`${where} has names ${shown(names)}; want a list of texts, or null`);
  }
  const one: Feature = { dtype, shape: shape as number[], names: list };
  if (sizeOfFeature(one) <= VALUES_MAX) return one;
  throw new DatasetError(`${where} has shape ${shown(shape)}; ${VALUES_MAX} numbers are read`);
}

/** Of one list, or of lists by group as lerobot's robots have: { motors: ['left', 'right'] }. */
function namesOf(names: unknown): readonly string[] | null | undefined {
  if (names === null) return null;
  const all = isObject(names) ? Object.values(names).flat(1) : names;
  return Array.isArray(all) && all.every(isText) ? all : undefined;
}

/** A small dataset in memory, for tests of what writes and reads them. */
import { encodeLeRobotDataset, openLeRobotDataset } from './dataset.ts';
import type { DatasetEpisode, DatasetOptions } from './lerobot/encode.ts';
import { DatasetError } from './lerobot/format.ts';
import type { DatasetFiles } from './lerobot/reader.ts';

export type Files = Record<string, Uint8Array<ArrayBuffer>>;

export async function filesOf(
  episodes: Parameters<typeof encodeLeRobotDataset>[0],
  options: DatasetOptions,
): Promise<Files> {
  const parts: Record<string, Uint8Array<ArrayBuffer>[]> = {};
  for await (const { path, bytes } of encodeLeRobotDataset(episodes, options)) {
    (parts[path] ??= []).push(bytes);
  }
  const joined = Object.entries(parts).map(async ([path, all]) => {
    return [path, new Uint8Array(await new Blob(all).arrayBuffer())] as const;
  });
  return Object.fromEntries(await Promise.all(joined));
}

export const from = (files: Files) => (path: string) =>
  Promise.resolve(files[path]?.buffer ?? null);
export const json = (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes)) as unknown;

export const small: DatasetOptions = {
  fps: 10,
  robotType: 'cart',
  features: {
    'observation.state': { dtype: 'float32', shape: [2], names: ['place', 'speed'] },
    action: { dtype: 'int64', shape: [1], names: null },
    'next.done': { dtype: 'bool', shape: [1], names: null },
  },
};

export function episodeOf(length: number, task: string): DatasetEpisode {
  return {
    task,
    length,
    columns: {
      'observation.state': Float32Array.from({ length: 2 * length }, (_, i) => i / 4),
      action: BigInt64Array.from({ length }, (_, t) => BigInt(t % 2)),
      'next.done': Uint8Array.from({ length }, (_, t) => Number(t === length - 1)),
    },
  };
}

/** Four episodes of 40 to 43 frames, in two data files. */
export function soundFiles(): Promise<Files> {
  const tasks = ['balance', 'swing', 'balance', 'balance'];
  const episodes = tasks.map((task, i) => episodeOf(40 + i, task));
  return filesOf(episodes, { ...small, dataFileMegabytes: 0.004 });
}

/** What is said of files, be it when they are opened or when all is read; null where all is well. */
export async function saidOf(source: DatasetFiles): Promise<string | null> {
  const opened = await openLeRobotDataset(source);
  if (!opened.ok) return opened.message;
  const { dataset } = opened;
  try {
    const names = Object.keys(dataset.info.features);
    for (const i of dataset.episodes.keys()) await dataset.read(i, names);
    return null;
  } catch (error) {
    if (error instanceof DatasetError) return error.message;
    throw error;
  }
}

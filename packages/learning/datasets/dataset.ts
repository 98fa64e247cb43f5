/** Kept episodes as a LeRobotDataset. What writes and reads Parquet is loaded when first asked for. */
import type { WasmCompute } from '@dreampitch/compute';
import { type Environment, type Episode, sizeOf, type Space, TRUNCATED } from '@dreampitch/sim';
import type { DatasetEpisode, DatasetOptions, FilePart } from './lerobot/encode.ts';
import type { Feature } from './lerobot/format.ts';
import type { DatasetFiles, OpenedDataset } from './lerobot/reader.ts';
import { playsOf, type RobotFilter } from './transitions.ts';

/** The files of a LeRobotDataset v3.0, in parts as they grow. Throws DatasetError. */
export async function* encodeLeRobotDataset(
  episodes: AsyncIterable<DatasetEpisode> | Iterable<DatasetEpisode>,
  options: DatasetOptions,
): AsyncGenerator<FilePart> {
  const { encodeDataset } = await import('./lerobot/encode.ts');
  yield* encodeDataset(episodes, options);
}

/** A LeRobotDataset v3.0 in files; it does not throw, whatever they are. */
export async function openLeRobotDataset(files: DatasetFiles): Promise<OpenedDataset> {
  const { openDataset } = await import('./lerobot/reader.ts');
  return openDataset(files);
}

/** The features of every dataset that is made of episodes of an environment. */
export function datasetOptionsOf(environment: Environment): DatasetOptions {
  const { observationSpace, actionSpace, tickSeconds, id } = environment;
  const flag: Feature = { dtype: 'bool', shape: [1], names: null };
  return {
    fps: Math.round(1 / tickSeconds),
    robotType: id,
    features: {
      'observation.state': featureOf(observationSpace),
      action: featureOf(actionSpace),
      'next.reward': { dtype: 'float32', shape: [1], names: null },
      'next.done': flag,
      'next.truncated': flag,
    },
  };
}

function featureOf(space: Space): Feature {
  const names = space.kind === 'box' ? (space.names ?? null) : null;
  return { dtype: 'float32', shape: [sizeOf(space)], names };
}

/**
 * Episodes of one environment as those of a dataset: one for every robot and every start to its end.
 * Exact: every episode is stepped again, and compared with what it kept. Throws where it differs.
 */
export async function* datasetEpisodes(
  compute: WasmCompute,
  episodes: AsyncIterable<Episode> | Iterable<Episode>,
  o: { readonly robots?: RobotFilter } = {},
): AsyncGenerator<DatasetEpisode> {
  for await (const episode of episodes) {
    for await (const play of playsOf(compute, episode, o.robots)) {
      const [length, D] = play.shape;
      yield {
        task: `Play ${episode.environment} as ${play.controller} does.`,
        length,
        columns: {
          'observation.state': play.observations.slice(0, length * D),
          action: play.actions,
          'next.reward': play.rewards,
          'next.done': play.ends.map((end) => Number(end !== 0)),
          'next.truncated': play.ends.map((end) => Number((end & TRUNCATED) !== 0)),
        },
      };
    }
  }
}

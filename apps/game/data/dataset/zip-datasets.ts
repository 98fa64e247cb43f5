/** Kept matches as LeRobotDatasets in one archive: a folder for every size of teams. */
import type { WasmCompute } from '@dreampitch/compute';
import { datasetEpisodes, datasetOptionsOf, encodeLeRobotDataset } from '@dreampitch/learning';
import { decodeEpisode, soccerById } from '@dreampitch/sim';
import { refusalText } from '../words.ts';
import { ZipEntry, zipOf } from '../zip.ts';

export type KeptMatch = {
  readonly id: number;
  readonly environment: string; // 'soccer-2v2'
  readonly frames: number; // of all robots together
};

export type ExportProgress = {
  readonly matches: number; // done
  readonly frames: number; // done
};

export type ZippedDatasets = {
  readonly zip: Blob;
  readonly matchCount: number;
  /** Why a match is not in it: one that another version played, one that is damaged. */
  readonly leftOut: readonly string[];
};

export type ZipDatasetsOptions = {
  readonly matches: readonly KeptMatch[];
  readonly bytesOf: (id: number) => Promise<Uint8Array | null>;
  /** Told before every match, and after every robot's play of it. */
  readonly progress: (done: ExportProgress) => void;
};

/** Throws, in words for people, where no match can be exported. */
export async function zipDatasets(
  compute: WasmCompute,
  o: ZipDatasetsOptions,
): Promise<ZippedDatasets> {
  const entries = new Map<string, ZipEntry>();
  const leftOut: string[] = [];
  let [done, framesDone] = [0, 0];
  async function* playsOf({ id }: KeptMatch) {
    const bytes = await o.bytesOf(id);
    const decoded = bytes ? decodeEpisode(bytes) : null;
    if (!decoded?.ok) throw new Error(refusalText(decoded?.reason ?? 'no-episode'));
    yield* datasetEpisodes(compute, [decoded.episode]);
  }
  /** One after the other; whatever of a match is wrong is found before its first play. */
  async function* allPlays(matches: readonly KeptMatch[]) {
    for (const match of matches) {
      const before = framesDone;
      o.progress({ matches: done, frames: before });
      try {
        for await (const play of playsOf(match)) {
          yield play;
          framesDone += play.length;
          o.progress({ matches: done, frames: framesDone });
        }
      } catch (error) {
        leftOut.push(error instanceof Error ? error.message : String(error));
      }
      framesDone = before + match.frames; // what is left out is done as well
      done += 1;
    }
  }
  for (const [environment, matches] of Map.groupBy(o.matches, (match) => match.environment)) {
    const known = soccerById(environment);
    if (!known) {
      leftOut.push(...matches.map(() => `'${environment}' is not known here.`));
      continue;
    }
    const before = leftOut.length;
    const plays = await peeked(allPlays(matches));
    if (leftOut.length - before === matches.length) continue; // no play: there would be no dataset
    for await (const { path, bytes } of encodeLeRobotDataset(plays, datasetOptionsOf(known))) {
      const name = `${environment}/${path}`;
      const entry = entries.get(name) ?? new ZipEntry(name);
      entries.set(name, entry);
      entry.append(bytes);
    }
  }
  const matchCount = o.matches.length - leftOut.length;
  if (matchCount === 0) throw new Error(leftOut[0] ?? 'There is no match.');
  return { zip: zipOf([...entries.values()]), matchCount, leftOut };
}

/** The same, after its first item is there or it is known that there is none. */
async function peeked<T>(source: AsyncGenerator<T>): Promise<AsyncGenerator<T>> {
  const first = await source.next();
  return (async function* () {
    if (first.done) return;
    yield first.value;
    yield* source;
  })();
}

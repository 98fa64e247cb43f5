/** Kept matches as files: one, or all in one archive. Damaged ones too: their bytes are theirs. */
import type { Database } from '../storage/database.ts';
import type { EpisodeEntry } from '../storage/episodes.ts';
import { episodeBytes } from '../storage/episodes.ts';
import { download } from './download.ts';
import { episodeFileName } from './words.ts';
import { ZipEntry, zipOf } from './zip.ts';

function fileNameOf(entry: EpisodeEntry): string {
  return entry.sound ? episodeFileName(entry) : `dreampitch-damaged-${entry.id}.episode`;
}

/** Throws in words where there are no bytes to export. */
export async function exportEpisode(database: Database, entry: EpisodeEntry): Promise<void> {
  const bytes = await episodeBytes(database, entry.id);
  if (!bytes) throw new Error('Nothing of this match is left that could be exported.');
  download(fileNameOf(entry), new Blob([bytes], { type: 'application/octet-stream' }));
}

export async function exportAll(
  database: Database,
  entries: readonly EpisodeEntry[],
): Promise<void> {
  const files = [];
  for (const entry of entries) {
    const bytes = await episodeBytes(database, entry.id);
    if (bytes) files.push(new ZipEntry(fileNameOf(entry), bytes));
  }
  download(`dreampitch-${files.length}-matches.zip`, zipOf(files));
}

import type { DecodedEpisode, Episode } from './episode.ts';

/** An episode as bytes: a small file, with a checksum. */
export function encodeEpisode(episode: Episode): Uint8Array<ArrayBuffer> {
  void episode;
  throw new Error('being written');
}

/** The episode in these bytes; whatever they are, it does not throw. */
export function decodeEpisode(bytes: Uint8Array): DecodedEpisode {
  void bytes;
  return { ok: false, reason: 'no-episode' };
}

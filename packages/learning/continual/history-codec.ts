/**
 * A history as bytes, with a check sum: a container whose arrays are the text of versions and scores (JSON
 * in UTF-8) and the blobs, each filled up with zeros to a multiple of four bytes.
 */
import { sha256Hex } from '@dreampitch/compute';
import { decodeContainer, encodeContainer, refusal, type Refusal } from '../binary/container.ts';
import {
  type Bytes,
  type History,
  identified,
  problemOfScore,
  problemOfVersion,
  type Score,
  SCORES_MAX,
  type Version,
  VERSIONS_MAX,
} from './history.ts';

const KIND = { magic: 'DPHI', what: 'history of versions' };
/** Raised when what is kept changes its meaning. */
const CONTENT = 1;

export type DecodedHistory = { readonly ok: true; readonly history: History } | Refusal;

export function encodeHistory({ versions, scores, blobs }: History): Bytes {
  const text = new TextEncoder().encode(JSON.stringify({ versions, scores }));
  const all = [text, ...blobs.values()];
  const header = { content: CONTENT, bytes: all.map(({ length }) => length) };
  return encodeContainer(KIND.magic, { header, arrays: all.map(padded) });
}

/** The history in these bytes; whatever they are, it does not throw. */
export function decodeHistory(bytes: Uint8Array): DecodedHistory {
  const decoded = decodeContainer(bytes, KIND);
  if (!decoded.ok) return decoded;
  const { header, arrays } = decoded.content;
  const { content, bytes: lengths } = header as { content?: number; bytes?: unknown };
  if (content !== CONTENT) {
    const message = `This ${KIND.what} is of content ${content}; this version reads ${CONTENT}. Update.`;
    return refusal('newer-format', message);
  }
  const fits =
    Array.isArray(lengths) &&
    lengths.length === arrays.length &&
    arrays.every(({ length }, i) => {
      return Number.isSafeInteger(lengths[i]) && Math.ceil(lengths[i] / 4) === length;
    });
  if (!fits || arrays.length === 0) return refusal('corrupt', `This ${KIND.what} lacks parts.`);
  const [text, ...rest] = arrays.map(({ buffer }, i) =>
    new Uint8Array(buffer).slice(0, lengths[i]),
  );
  const blobs = new Map(rest.map((blob) => [sha256Hex(blob), blob]));
  return historyOf(text!, blobs);
}

function historyOf(text: Bytes, blobs: ReadonlyMap<string, Bytes>): DecodedHistory {
  let parsed: { versions?: unknown; scores?: unknown } | null;
  try {
    parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(text)) as typeof parsed;
  } catch {
    return refusal('corrupt', `The text of this ${KIND.what} is none.`);
  }
  const { versions, scores } = parsed ?? {};
  if (!isListOf(versions, VERSIONS_MAX) || !isListOf(scores, SCORES_MAX)) {
    return refusal('corrupt', `This ${KIND.what} has no versions, or too many.`);
  }
  const plain: Version[] = [];
  const ids = new Set<string>();
  const hashes = new Set<string>();
  for (const [i, one] of (versions as Version[]).entries()) {
    const problem =
      typeof one.parts === 'object' && one.parts !== null
        ? problemOfVersion(one, ids)
        : 'has no parts';
    if (problem !== null) return refusal('corrupt', `Version ${i + 1}: it ${problem}.`);
    plain.push(identified(one)); // and nothing else that may be there
    if (plain.at(-1)!.id !== one.id || ids.has(one.id)) {
      return refusal('corrupt', `Version ${i + 1} is not what its id says.`);
    }
    ids.add(one.id);
    for (const hash of Object.values(one.parts)) hashes.add(hash);
  }
  for (const [i, one] of (scores as Score[]).entries()) {
    const problem = problemOfScore(one, ids);
    if (problem !== null) return refusal('corrupt', `Score ${i + 1}: it ${problem}.`);
  }
  const stray = [...blobs.keys()].find((hash) => !hashes.has(hash));
  if (stray) return refusal('corrupt', `Bytes ${stray.slice(0, 8)}... are of no version here.`);
  const history = { versions: plain, scores: scores as Score[], blobs };
  return { ok: true, history };
}

function isListOf(value: unknown, countMax: number): value is object[] {
  return (
    Array.isArray(value) &&
    value.length <= countMax &&
    value.every((one) => typeof one === 'object' && one !== null)
  );
}

function padded(bytes: Uint8Array): Float32Array<ArrayBuffer> {
  const words = new Float32Array(Math.ceil(bytes.length / 4));
  new Uint8Array(words.buffer).set(bytes);
  return words;
}

/**
 * The versions of a model and how each of them did: append-only, content-addressed plain data. The last
 * version is the head; going back to an old one is a new version whose parent that is, so nothing is
 * lost. Bytes (weights, policies) stand beside by their hash and may be dropped; their versions stay.
 */
import { sha256Hex } from '@dreampitch/compute';

export type Version = {
  readonly id: string; // SHA-256 in hex of all that follows, as JSON in this order
  readonly parent: string | null;
  readonly made: 'trained' | 'rollback';
  readonly task: string; // what it was trained on: an environment's id
  readonly algorithm: string;
  readonly steps: number; // of that training
  readonly by: string; // who or what made it
  readonly when: number; // milliseconds since 1970, of the caller's clock
  /** SHA-256 in hex of its bytes by what they are: 'memory', 'policy'. */
  readonly parts: Readonly<Record<string, string>>;
};

/** How a version did in a task. */
export type Score = {
  readonly version: string;
  readonly task: string;
  readonly mean: number; // return of an episode
  readonly error: number; // standard error of the mean
  readonly episodes: number;
  readonly when: number;
};

export type Bytes = Uint8Array<ArrayBuffer>;

export type History = {
  readonly versions: readonly Version[]; // oldest first, parents before children
  readonly scores: readonly Score[]; // oldest first
  readonly blobs: ReadonlyMap<string, Bytes>; // by their hash; those that were not dropped
};

export const EMPTY_HISTORY: History = { versions: [], scores: [], blobs: new Map() };

/** At these a history is full: begin another one. */
export const VERSIONS_MAX = 1000;
export const SCORES_MAX = 10_000;
export const TEXT_LENGTH_MAX = 100; // of a task, an algorithm, a maker, a part's name
export const PARTS_MAX = 8;

export type NewVersion = Omit<Version, 'id' | 'made' | 'parts'> & {
  readonly parts: Readonly<Record<string, Bytes>>;
};

/** A further version, which becomes the head. Throws where it does not fit. */
export function commitVersion(history: History, o: NewVersion): History {
  const named = Object.entries(o.parts).map(
    ([name, bytes]) => [name, sha256Hex(bytes), bytes] as const,
  );
  const parts = Object.fromEntries(named.map(([name, hash]) => [name, hash]));
  const blobs = new Map(history.blobs);
  for (const [, hash, bytes] of named) blobs.set(hash, bytes.slice());
  return appended({ ...history, blobs }, { ...o, made: 'trained', parts });
}

/** The old version as the new head, with `to` as its parent. Throws in words where that cannot be. */
export function rollBack(
  history: History,
  o: { readonly to: string; readonly by: string; readonly when: number },
): History {
  const { to, by, when } = o;
  const problem = whyNotRollBack(history, to);
  if (problem !== null) throw new Error(problem);
  return appended(history, {
    ...versionById(history, to)!,
    parent: to,
    made: 'rollback',
    by,
    when,
  });
}

/** Why one cannot go back to this version, in words; null: one can. */
export function whyNotRollBack(history: History, id: string): string | null {
  const version = versionById(history, id);
  if (!version) return 'This history has no such version.';
  if (id === headOf(history)!.id) return 'This version is the latest one already.';
  const dropped = Object.entries(version.parts).find(([, hash]) => !history.blobs.has(hash));
  if (!dropped) return null;
  return `The ${dropped[0]} of this version was dropped to save space; only its scores are left.`;
}

/** Throws where it is of no version here, or no score. */
export function addScore(history: History, score: Score): History {
  if (history.scores.length >= SCORES_MAX) {
    throw new RangeError(`This history has ${SCORES_MAX} scores; begin a new one.`);
  }
  const problem = problemOfScore(score, new Set(history.versions.map(({ id }) => id)));
  if (problem !== null) throw new Error(`A score ${problem}.`);
  return { ...history, scores: [...history.scores, score] };
}

export function headOf({ versions }: History): Version | null {
  return versions.at(-1) ?? null;
}

export function versionById({ versions }: History, id: string): Version | null {
  return versions.find((version) => version.id === id) ?? null;
}

/** The version, its parent, and so on to the first. */
export function lineOf(history: History, id: string): Version[] {
  const line: Version[] = [];
  for (let at = versionById(history, id); at; at = versionById(history, at.parent ?? '')) {
    line.push(at);
  }
  return line;
}

/** Bytes of all parts that are kept. */
export function bytesOf({ blobs }: History): number {
  return [...blobs.values()].reduce((sum, { length }) => sum + length, 0);
}

/**
 * Drops bytes of the oldest versions until no more than `bytesMax` are left, but never those of the head;
 * versions and scores stay.
 */
export function dropParts(history: History, o: { readonly bytesMax: number }): History {
  const lastUse = new Map<string, number>();
  history.versions.forEach(({ parts }, i) => {
    for (const hash of Object.values(parts)) lastUse.set(hash, i);
  });
  const head = history.versions.length - 1;
  const blobs = new Map(history.blobs);
  let bytes = bytesOf(history);
  for (const [hash, use] of [...lastUse].toSorted(([, a], [, b]) => a - b)) {
    if (bytes <= o.bytesMax || use === head) break;
    bytes -= blobs.get(hash)?.length ?? 0;
    blobs.delete(hash);
  }
  return { ...history, blobs };
}

function appended(history: History, rest: Omit<Version, 'id'>): History {
  const version = identified(rest);
  if (headOf(history)?.id === version.id) return history; // said twice
  if (versionById(history, version.id)) {
    throw new Error('The same version was made at the same time before; say another time.');
  }
  if (history.versions.length >= VERSIONS_MAX) {
    throw new RangeError(`This history has ${VERSIONS_MAX} versions; begin a new one.`);
  }
  const problem = problemOfVersion(version, new Set(history.versions.map(({ id }) => id)));
  if (problem !== null) throw new Error(`A version ${problem}.`);
  return { ...history, versions: [...history.versions, version] };
}

/** With its id, and nothing else than what belongs to a version. */
export function identified(o: Omit<Version, 'id'>): Version {
  const { parent, made, task, algorithm, steps, by, when, parts } = o;
  const sorted = Object.entries(parts).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const rest = {
    parent,
    made,
    task,
    algorithm,
    steps,
    by,
    when,
    parts: Object.fromEntries(sorted),
  };
  return { id: sha256Hex(new TextEncoder().encode(JSON.stringify(rest))), ...rest };
}

const isText = (x: unknown) => typeof x === 'string' && x !== '' && x.length <= TEXT_LENGTH_MAX;
const isCount = (x: unknown) => Number.isSafeInteger(x) && Number(x) >= 0;
const isHash = (x: unknown) => typeof x === 'string' && /^[0-9a-f]{64}$/.test(x);

/** What is wrong with it beside earlier versions, in words after 'A version'; null: nothing. */
export function problemOfVersion(
  { parent, made, task, algorithm, steps, by, when, parts }: Omit<Version, 'id'>,
  earlier: ReadonlySet<string>,
): string | null {
  if (![task, algorithm, by].every(isText)) {
    return `wants a task, an algorithm and a maker of 1 to ${TEXT_LENGTH_MAX} characters`;
  }
  if (made !== 'trained' && made !== 'rollback') return `was made by '${String(made)}'`;
  if (!isCount(steps) || !Number.isFinite(when)) return 'has no steps or no time';
  const isNamed = Object.entries(parts).every(([name, hash]) => isText(name) && isHash(hash));
  if (!isNamed || Object.keys(parts).length > PARTS_MAX) {
    return `wants at most ${PARTS_MAX} parts, each with a name and a hash`;
  }
  if (parent !== null && !earlier.has(parent)) return 'has a parent that is not in this history';
  return null;
}

/** What is wrong with it, in words after 'A score'; null: nothing. */
export function problemOfScore(
  { version, task, mean, error, episodes, when }: Score,
  versions: ReadonlySet<string>,
): string | null {
  if (!versions.has(version)) return 'is of a version that is not in this history';
  if (!isText(task)) return `wants a task of 1 to ${TEXT_LENGTH_MAX} characters`;
  const sound = [mean, error, when].every((x) => Number.isFinite(x)) && error >= 0;
  if (!sound || !isCount(episodes) || episodes === 0) {
    return 'has a number that is none';
  }
  return null;
}

/** A run against a league at rest: the league, its networks, and the checkpoint of what learns. */
import { checkOptions, type Options } from '../algorithms/options.ts';
import { type Checkpoint as TrainingCheckpoint, decodeTraining } from '../algorithms/checkpoint.ts';
import { decodePolicy, encodePolicy, type PolicyNetwork } from '../algorithms/policy-network.ts';
import { decodeContainer, encodeContainer, refusal, type Refusal } from '../binary/container.ts';
import type { League, Version } from './league.ts';
import { LEAGUE_OPTIONS } from './league-options.ts';
import { ANCHOR_ID, type Pair } from './ratings.ts';

const KIND = { magic: 'DPLG', what: 'league checkpoint' };
/** Raised when what is kept changes its meaning. */
const CONTENT = 1;
const COUNT_MAX = 2 ** 32 - 1; // u32

export type LeagueCheckpoint = {
  readonly league: League;
  /** Iterations since the latest round. */
  readonly sinceRound: number;
  /** Of the members and the learner, by id. */
  readonly networks: ReadonlyMap<number, PolicyNetwork>;
  readonly training: TrainingCheckpoint;
};

export type DecodedLeague = { readonly ok: true; readonly checkpoint: LeagueCheckpoint } | Refusal;

export function encodeLeague(
  o: Omit<LeagueCheckpoint, 'training'> & { readonly training: Uint8Array<ArrayBuffer> },
): Uint8Array<ArrayBuffer> {
  const { league, sinceRound, networks, training } = o;
  const ids = [...networks.keys()];
  const parts = [training, ...[...networks.values()].map(encodePolicy)];
  const header = { content: CONTENT, league, sinceRound, ids };
  return encodeContainer(KIND.magic, { header, arrays: parts.map(wordsOf) });
}

/** The run in these bytes; whatever they are, it does not throw. */
export function decodeLeague(bytes: Uint8Array): DecodedLeague {
  const decoded = decodeContainer(bytes, KIND);
  if (!decoded.ok) return decoded;
  const { header, arrays } = decoded.content;
  const { content, league, sinceRound, ids } = header as Record<string, unknown>;
  if (content !== CONTENT) {
    const message = `This ${KIND.what} is of content ${String(content)}; this version reads ${CONTENT}.`;
    return refusal('newer-format', message);
  }
  const problem = problemOf(league);
  if (problem) return refusal('corrupt', `The league of this checkpoint is damaged: ${problem}`);
  const sound = league as League;
  const wanted = new Set([...sound.members, sound.learner].map(({ id }) => id));
  const named =
    isCount(sinceRound) &&
    Array.isArray(ids) &&
    ids.length === wanted.size &&
    ids.every((id) => wanted.delete(id as number)) &&
    arrays.length === ids.length + 1;
  if (!named)
    return refusal('corrupt', 'The networks of this league are not those of its members.');
  const training = decodeTraining(bytesOf(arrays[0]!));
  if (!training.ok) return training;
  const networks = new Map<number, PolicyNetwork>();
  for (const [i, id] of (ids as number[]).entries()) {
    const policy = decodePolicy(bytesOf(arrays[i + 1]!));
    if (!policy.ok) return policy;
    networks.set(id, policy.network);
  }
  const { checkpoint } = training;
  return { ok: true, checkpoint: { league: sound, sinceRound, networks, training: checkpoint } };
}

/** Bytes as the words of a container, and back; both are whole words, and no bit is changed. */
function wordsOf(bytes: Uint8Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
}

function bytesOf(words: Float32Array): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
}

const isCount = (value: unknown): value is number =>
  Number.isInteger(value) && Number(value) >= 0 && Number(value) <= COUNT_MAX;

/** What is wrong with a league that was read; null: nothing. */
function problemOf(value: unknown): string | null {
  const league = value as Partial<League> | null;
  if (typeof league !== 'object' || league === null) return 'it is missing.';
  const { seed, options, round, members, learner, lineUp, left } = league;
  if (![seed, round, left].every(isCount)) return 'its numbers are not counts.';
  try {
    checkOptions(LEAGUE_OPTIONS, options as Options);
  } catch (error) {
    return (error as Error).message;
  }
  if (!Array.isArray(members) || members.length === 0 || ![...members, learner].every(isVersion)) {
    return 'its members are not versions.';
  }
  const versions = [...(members as Version[]), learner!];
  const newest = members.length - 1; // may be the learner
  const inOrder = versions.every(({ id }, i) => {
    const before = versions[i - 1]?.id ?? ANCHOR_ID;
    return id > before || (i > newest && id === before);
  });
  if (!inOrder) return 'its members are not in order.';
  if (members.length > options!.size) return 'it has more members than it may have.';
  const ids = new Set(versions.map(({ id }) => id));
  if (!arePairs(league.pairs, { ids, gamesPerPair: options!.gamesPerPair })) {
    return 'its games are not of its members.';
  }
  const full = Array.isArray(lineUp) && lineUp.length === options!.opponentCount;
  return full && lineUp.every((id) => ids.has(id)) ? null : 'it does not say who plays.';
}

/** Two who met did so in one round. */
function arePairs(value: unknown, o: { ids: ReadonlySet<number>; gamesPerPair: number }): boolean {
  if (!Array.isArray(value)) return false;
  const seen = new Set<string>();
  return value.every((pair: Partial<Pair> | null) => {
    const { a, b, wins, draws, losses } = pair ?? {};
    const met = a! < b! ? `${a} ${b}` : `${b} ${a}`;
    if (seen.has(met)) return false;
    seen.add(met);
    const plays = (id: unknown) => id === ANCHOR_ID || o.ids.has(id as number);
    const counts = [wins, draws, losses];
    return (
      plays(a) &&
      plays(b) &&
      a !== b &&
      counts.every(isCount) &&
      counts.reduce((sum, count) => sum + count, 0) === o.gamesPerPair
    );
  });
}

function isVersion(value: unknown): value is Version {
  const { id, step } = (value ?? {}) as Partial<Version>;
  return isCount(id) && id > ANCHOR_ID && Number.isSafeInteger(step) && Number(step) >= 0;
}

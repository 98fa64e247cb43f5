/**
 * Who votes: three to seven of those the room's key vouches for, everyone else learns. Decided by the
 * leader from what it knows, one change at a time, and carried out by consensus as a joint change
 * (dissertation chapter 4.3). A pure function: the same room gives the same plan.
 *
 * Fewest changes first: a voter stays as long as it answers. An odd number, because one more survives
 * no more failures and is one more to wait for. One voter until there can be three: two stop when
 * either does. Never below three where there were three.
 */
import { isJoint } from '../consensus/configuration.ts';
import type { NodeId } from '../consensus/message.ts';
import type { State } from '../consensus/state.ts';
import type { NodeInfo } from './command.ts';

/** Who is in the room: members of the state machine, as the leader sees them. */
export type Resident = {
  readonly peer: NodeId;
  readonly kind: NodeInfo['kind'];
  readonly isHidden: boolean; // a tab that nobody looks at may be frozen at any time
  readonly presentMs: number; // since it joined, or came back
  readonly roundTripMs: number; // of the link between it and the leader
};

export type ElectorateOptions = {
  readonly votersMax: number; // 3 to 7, odd: more only makes every decision slower
  readonly goneMs: number; // a voter silent for so long is replaced; a reload takes seconds
  readonly stableMs: number; // present for so long before it votes: most who leave do so at once
  readonly roundTripMsMax: number; // of who is to vote: a majority waits for its slower half
};

export const ELECTORATE_DEFAULTS: ElectorateOptions = {
  votersMax: 7,
  goneMs: 30_000,
  stableMs: 30_000,
  roundTripMsMax: 250,
};

/** As many as make a majority that one failure does not stop. */
const VOTERS_MIN = 3;

export type Electorate = {
  readonly voters: readonly NodeId[];
  readonly learners: readonly NodeId[];
};

/** The members to `configure`; null: they are right as they are, or must not change now. */
export function planElectorate(
  leader: State,
  nowMs: number,
  room: { readonly residents: readonly Resident[]; readonly options: ElectorateOptions },
): Electorate | null {
  const { role, log, commit, settings } = leader;
  if (role.type !== 'leader' || role.transfer !== null || commit < role.termStart) return null;
  const { configuration } = log;
  if (isJoint(configuration) || log.configurationIndex > commit) return null;
  const { residents } = room;
  const voters = votersOf(leader, nowMs, room);
  const present = residents.map(({ peer }) => peer).filter((peer) => !voters.includes(peer));
  const known = configuration.learners.filter((peer) => present.includes(peer));
  const all = [...new Set([...known, ...present])];
  // However many strangers there are, who may vote one day has a place.
  const vouched = all.filter((peer) => settings.isVouched(peer));
  const strangers = all.filter((peer) => !settings.isVouched(peer));
  const learners = [...vouched, ...strangers].slice(0, settings.membersMax - voters.length);
  const isSame = equal(voters, configuration.voters) && equal(learners, configuration.learners);
  return isSame ? null : { voters, learners };
}

function votersOf(
  leader: State,
  nowMs: number,
  { residents, options }: Parameters<typeof planElectorate>[2],
): readonly NodeId[] {
  const { id: self, log, settings } = leader;
  const { voters } = log.configuration;
  const silentMs = (peer: NodeId) => nowMs - (progressOf(leader, peer)?.activeMs ?? nowMs);
  const isHere = (peer: NodeId) => residents.some((one) => one.peer === peer);
  const staying = voters.filter(
    (peer) => peer === self || (isHere(peer) && silentMs(peer) <= options.goneMs),
  );
  const spare = residents
    .filter(({ peer }) => !voters.includes(peer) && settings.isVouched(peer))
    .filter(
      ({ isHidden, presentMs, roundTripMs }) =>
        !isHidden && presentMs >= options.stableMs && roundTripMs <= options.roundTripMsMax,
    )
    .filter(({ peer }) => hasCaughtUp(leader, peer, nowMs))
    .toSorted(byWorth)
    .map(({ peer }) => peer);
  const most = Math.min(options.votersMax, settings.votersMax, staying.length + spare.length);
  const wanted = most % 2 === 1 ? most : most - 1;
  // Of those who are too many the leader is not one: it would hand over for nothing.
  const first = staying.includes(self)
    ? [self, ...staying.filter((peer) => peer !== self)]
    : staying;
  const chosen = [...first, ...spare].slice(0, wanted);
  return chosen.length < Math.min(VOTERS_MIN, voters.length) ? voters : chosen;
}

const progressOf = ({ role }: State, peer: NodeId) =>
  role.type === 'leader' ? role.progress.get(peer) : undefined;

/** What consensus asks of a new voter (4.2.1): it answers, and has nearly the whole log. */
function hasCaughtUp(leader: State, peer: NodeId, nowMs: number): boolean {
  const progress = progressOf(leader, peer);
  const { electionMs, promotionLagMax } = leader.settings;
  if (progress === undefined || nowMs - progress.activeMs > electionMs) return false;
  return progress.match > 0 && leader.log.lastIndex - progress.match <= promotionLagMax;
}

const KINDS = ['relay', 'headless', 'tab'] as const satisfies readonly NodeInfo['kind'][];

/** Whoever stays longest: a relay before a peer without a window, that before a tab; then the nearest. */
function byWorth(a: Resident, b: Resident): number {
  const kind = KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind);
  if (kind !== 0) return kind;
  return a.roundTripMs - b.roundTripMs || b.presentMs - a.presentMs || (a.peer < b.peer ? -1 : 1);
}

const equal = (a: readonly NodeId[], b: readonly NodeId[]): boolean =>
  a.length === b.length && a.every((id) => b.includes(id));

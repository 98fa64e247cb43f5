/** A league as people look at it: plain data. */
import { leagueRatings, scoreOf, type League, type Version } from './league.ts';
import { ANCHOR_RATING, type Pair } from './ratings.ts';

export type Standing = {
  readonly id: number;
  readonly step: number; // of training, when it was taken
  readonly rating: number; // Elo
  readonly error: number; // its standard error
  readonly games: number;
  /** Points per game against the learner, 0 .. 1; null: they have not met, or it is the learner. */
  readonly scoreAgainstLearner: number | null;
};

export type LeagueTable = {
  readonly anchor: string; // the name of who is rated `anchorRating`
  readonly anchorRating: number;
  /** The learner as of the latest round. */
  readonly learner: Standing;
  readonly members: readonly Standing[]; // oldest first; the last is the learner where it has joined
  /** Games of `a` against `b`; ANCHOR_ID is the anchor. */
  readonly pairs: readonly Pair[];
  /** Whom the learner plays until the next round; null: itself. Shares sum to 1. */
  readonly lineUp: readonly { readonly id: number | null; readonly share: number }[];
  readonly left: number; // versions that had to leave
};

export function leagueTable(league: League, anchor: string): LeagueTable {
  const { learner, members, pairs, lineUp, left } = league;
  const ratings = leagueRatings(league);
  const standing = ({ id, step }: Version): Standing => {
    const { score, games } = scoreOf(pairs, id, learner.id);
    return { id, step, ...ratings.get(id)!, scoreAgainstLearner: games > 0 ? score / games : null };
  };
  return {
    anchor,
    anchorRating: ANCHOR_RATING,
    learner: standing(learner),
    members: members.map(standing),
    pairs,
    lineUp: [...new Set(lineUp)].map((id) => ({
      id: id === learner.id ? null : id,
      share: lineUp.filter((one) => one === id).length / lineUp.length,
    })),
    left,
  };
}

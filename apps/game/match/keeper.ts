/** What the game asks of whoever keeps matches. Storage fulfils it; the game knows no storage. */
import type { Match, MatchEvent } from '@dreampitch/sim';

export type Keeper = {
  /** A match begins. */
  begin(match: Match): void;
  /** After every tick: cheap. */
  tick(events: readonly MatchEvent[]): void;
  /** A good moment to save what there is (a pause, a hidden tab). */
  save(): void;
  /** The match is over or was left; it is disposed of right after this returns. */
  end(): void;
};

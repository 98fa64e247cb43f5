/**
 * Keeps the match under way: written whole about every five seconds, at every goal, at every pause
 * and when it ends, so that a killed browser costs at most the last six seconds.
 */
import type { Episode, Match, MatchEvent } from '@dreampitch/sim';
import type { Keeper } from '../match/keeper.ts';
import type { Database, EpisodeRow } from './database.ts';
import { putEpisode } from './episodes.ts';

export const SAVE_TICKS = 300;
/** Shorter matches were left before they began. */
export const SAVE_TICKS_MIN = 90;

const IDLE_MS_MAX = 1000;

type Recording = {
  readonly match: Match;
  id: number | null;
  savedTick: number;
  /** Deleted on the Data page, or given up after a failure was said. */
  dropped: boolean;
  /** Saves follow one another: the first one's id is the others'. */
  chain: Promise<void>;
  waiting: number;
  asked: boolean; // a save waits for an idle moment
};

export type MatchKeeperOptions = {
  database: Database;
  /** Asked at every save: consent can change. */
  mayKeep(): boolean;
  onKept(): void;
  onFailure(error: unknown): void;
};

export class MatchKeeper implements Keeper {
  readonly #options: MatchKeeperOptions;
  #recording: Recording | null = null;

  constructor(options: MatchKeeperOptions) {
    this.#options = options;
  }

  begin(match: Match): void {
    this.#recording = {
      match,
      id: null,
      savedTick: 0,
      dropped: false,
      chain: Promise.resolve(),
      waiting: 0,
      asked: false,
    };
  }

  tick(events: readonly MatchEvent[]): void {
    const recording = this.#recording;
    if (!recording) return;
    const due = recording.match.state.tick - recording.savedTick >= SAVE_TICKS;
    if (events.some((event) => event.type === 'over')) this.save();
    else if (due || events.some((event) => event.type === 'goal')) this.#saveWhenIdle(recording);
  }

  /** Encoding minutes of play takes a few milliseconds: between two frames, not in one. */
  #saveWhenIdle(recording: Recording): void {
    if (recording.asked) return;
    recording.asked = true;
    const save = () => {
      recording.asked = false;
      if (recording === this.#recording) this.save();
    };
    // Safari has no idle callbacks.
    if ('requestIdleCallback' in globalThis) requestIdleCallback(save, { timeout: IDLE_MS_MAX });
    else setTimeout(save, 0);
  }

  save(): void {
    const recording = this.#recording;
    if (!recording || recording.dropped || !this.#options.mayKeep()) return;
    const { match } = recording;
    const { tick, phase } = match.state;
    if (tick < SAVE_TICKS_MIN || tick === recording.savedTick) return;
    recording.savedTick = tick;
    // A disk slower than the game: skip, the next save holds all of this one. Never the last one.
    if (recording.waiting > 1 && phase !== 'over') return;
    this.#put(recording, match.finish(), phase === 'over' ? 'whole' : 'part');
  }

  end(): void {
    this.save();
    this.#recording = null;
  }

  #put(recording: Recording, episode: Episode, state: EpisodeRow['state']): void {
    recording.waiting += 1;
    const { chain } = recording;
    const write = async () => {
      await chain;
      recording.waiting -= 1;
      await this.#write(recording, episode, state);
    };
    recording.chain = write();
  }

  async #write(recording: Recording, episode: Episode, state: EpisodeRow['state']): Promise<void> {
    if (recording.dropped) return;
    try {
      const { database } = this.#options;
      const known = recording.id;
      const id = await putEpisode(database, episode, { id: known, state });
      if (id === null) recording.dropped = true;
      recording.id = id;
      if (known === null && id !== null) this.#options.onKept();
    } catch (error) {
      // Said once per match; the next match tries again.
      recording.dropped = true;
      this.#options.onFailure(error);
    }
  }
}

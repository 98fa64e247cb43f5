/** A kept match being shown: plays, stops, goes to any tick. */
import type { MatchEvent, Replay } from '@dreampitch/sim';
import { Store } from '../app/store.ts';
import type { Moment } from '../scene/actors.ts';
import { advanceFixedStep } from './fixed-step.ts';

export type ScreeningView = {
  readonly tick: number;
  readonly playing: boolean;
  readonly speed: number;
  readonly score: readonly [blue: number, orange: number];
  readonly clockSeconds: number; // of play left, whole
};

export const SPEEDS = [0.25, 0.5, 1, 2, 4] as const;
const TICK_SECONDS = 1 / 60;
/** The scrubber moves so often, not every tick. */
const SHOWN_TICKS = 6;

export class Screening implements Disposable {
  readonly replay: Replay;
  readonly episodeId: number;
  readonly view: Store<ScreeningView>;
  #step = { tickSeconds: TICK_SECONDS, restSeconds: 0 };
  #tick = 0;
  #blend = 1;

  constructor(replay: Replay, episodeId: number) {
    this.replay = replay;
    this.episodeId = episodeId;
    this.view = new Store<ScreeningView>({
      tick: 0,
      playing: true,
      speed: 1,
      score: [0, 0],
      clockSeconds: 0,
    });
    this.seek(0);
  }

  get tickCount(): number {
    return this.replay.episode.tickCount;
  }

  get moment(): Moment {
    return { previous: this.replay.previous, state: this.replay.state, blend: this.#blend };
  }

  seek(tick: number): void {
    this.#tick = Math.max(0, Math.min(this.tickCount, Math.round(tick)));
    this.replay.seek(this.#tick);
    this.#blend = 1;
    this.#tell();
  }

  setPlaying(playing: boolean): void {
    if (playing && this.#tick >= this.tickCount) this.seek(0);
    this.view.set({ playing });
  }

  setSpeed(speed: number): void {
    this.view.set({ speed });
  }

  advance(elapsedSeconds: number, onTick: (events: readonly MatchEvent[]) => void): void {
    const { playing, speed } = this.view.value;
    if (!playing) return;
    const advance = advanceFixedStep(this.#step, elapsedSeconds * speed);
    this.#step = advance.step;
    for (let i = 0; i < advance.tickCount && this.#tick < this.tickCount; i++) {
      this.#tick += 1;
      this.replay.seek(this.#tick);
      onTick(this.replay.state.events);
      if (this.#tick % SHOWN_TICKS === 0) this.#tell();
    }
    this.#blend = advance.blend;
    if (this.#tick >= this.tickCount) {
      this.#blend = 1;
      this.view.set({ playing: false });
      this.#tell();
    }
  }

  #tell(): void {
    const { score, clockTicks } = this.replay.state;
    const before = this.view.value.score;
    const { ticksMax } = this.replay.episode.rules;
    const clockSeconds = Math.ceil((ticksMax - clockTicks) * TICK_SECONDS - 1e-6);
    const same = before[0] === score[0] && before[1] === score[1];
    this.view.set({ tick: this.#tick, score: same ? before : score, clockSeconds });
  }

  [Symbol.dispose](): void {
    this.replay[Symbol.dispose]();
  }
}

/** Plays an episode again, to any tick, and checks that it comes out the same. */
import type { WasmCompute } from '@dreampitch/compute';
import { versionOf } from '../environment/version.ts';
import { type MatchState, type StateReader, stateReader } from '../match/state.ts';
import { SingleWorld } from '../match/world.ts';
import { environmentOf } from './environment-of.ts';
import type { Episode, KeyState } from './episode.ts';
import { type Mismatch, mismatchAt } from './mismatch.ts';

export type Verification =
  | { readonly ok: true; readonly keyStateCount: number }
  | {
      readonly ok: false;
      readonly reason: 'version';
      readonly recorded: string;
      readonly here: string;
    }
  | ({ readonly ok: false; readonly reason: 'mismatch' } & Mismatch);

export class Replay implements Disposable {
  readonly episode: Episode;
  /** After `tick` ticks, and one tick before. */
  state: MatchState;
  previous: MatchState;

  /** False: of another version; its key states are shown, one per second, and nothing between. */
  readonly exact: boolean;
  readonly #version: string;
  readonly #world: SingleWorld;
  readonly #read: StateReader;
  /** Ticks behind the world. */
  #tick = 0;

  private constructor(parts: { episode: Episode; version: string; world: SingleWorld }) {
    this.episode = parts.episode;
    this.#version = parts.version;
    this.#world = parts.world;
    this.exact = parts.version === parts.episode.version;
    this.#read = stateReader(parts.world.environment.environment);
    this.state = this.previous = this.#read(this.#world.read());
    this.seek(0);
  }

  /**
   * Throws, in words for people, where the episode is of an unknown environment, of another version
   * whose states cannot be shown, or does not fit together.
   */
  static async create(compute: WasmCompute, episode: Episode): Promise<Replay> {
    const environment = environmentOf(episode);
    const version = await versionOf(environment);
    const { rules, seed } = episode;
    const world = await SingleWorld.create(compute, environment, { rules, seed });
    try {
      const { bytes } = world.fields;
      if (episode.keyStates.some((key) => key.world.length !== bytes)) {
        throw new Error(
          `This episode was recorded by another version of ${environment.id} (${episode.version.slice(0, 8)}, ` +
            `here ${version.slice(0, 8)}), whose states cannot be shown.`,
        );
      }
      return new Replay({ episode, version, world });
    } catch (error) {
      world[Symbol.dispose]();
      throw error;
    }
  }

  /** Goes to a tick, 0 .. tickCount; beyond is the nearest end. */
  seek(tick: number): void {
    const to = Math.min(Math.max(Math.round(tick), 0), this.episode.tickCount);
    if (!this.exact) {
      this.state = this.previous = this.#read(this.#keyStateAt(to).world.slice());
      return;
    }
    const before = Math.max(to - 1, 0);
    const key = this.#keyStateAt(before);
    if (this.#tick > before || this.#tick < key.tick) this.#load(key);
    while (this.#tick < before) this.#step();
    this.previous = this.#tick === this.state.tick ? this.state : this.#read(this.#world.read());
    while (this.#tick < to) this.#step();
    this.state = to === before ? this.previous : this.#read(this.#world.read());
  }

  /** Steps through all of it and compares every key state. Stays where it was. */
  verify(): Verification {
    if (!this.exact) {
      return { ok: false, reason: 'version', recorded: this.episode.version, here: this.#version };
    }
    const at = this.state.tick;
    this.#restart();
    try {
      return this.#compareAll();
    } finally {
      this.#load(this.#keyStateAt(0));
      this.seek(at);
    }
  }

  [Symbol.dispose](): void {
    this.#world[Symbol.dispose]();
  }

  /** To what `seed` and `rules` give, rather than to what was recorded. */
  #restart(): void {
    this.#world.environment.reset(Uint32Array.of(this.episode.seed));
    this.#tick = 0;
  }

  #compareAll(): Verification {
    for (const key of this.episode.keyStates) {
      while (this.#tick < key.tick) this.#step();
      const mismatch = mismatchAt(this.#world, key);
      if (mismatch) return { ok: false, reason: 'mismatch', ...mismatch };
    }
    return { ok: true, keyStateCount: this.episode.keyStates.length };
  }

  /** The last key state at or before a tick. */
  #keyStateAt(tick: number): KeyState {
    const { keyStates } = this.episode;
    return keyStates.findLast((key) => key.tick <= tick) ?? keyStates[0]!;
  }

  #load(key: KeyState): void {
    this.#world.write(key.world);
    this.#tick = key.tick;
  }

  #step(): void {
    const { inputs } = this.episode;
    const { actions } = this.#world;
    const at = this.#tick * actions.length;
    for (let i = 0; i < actions.length; i++) actions[i] = inputs[at + i]!;
    this.#world.step();
    this.#tick++;
  }
}

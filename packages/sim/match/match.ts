/** One soccer game between people and policies, on strict WASM, recorded as it is played. */
import type { Dispatch, WasmCompute } from '@dreampitch/compute';
import { invariant } from '../environment/invariant.ts';
import { versionOf } from '../environment/version.ts';
import type { Episode } from '../episode/episode.ts';
import type { AttachedPolicy, Policy } from '../policy/policy.ts';
import { MATCH_RULES, type Rules } from '../soccer/rules.ts';
import { type RobotsPerTeam, soccer } from '../soccer/soccer.ts';
import { Recorder } from './recorder.ts';
import { type MatchState, type StateReader, stateReader } from './state.ts';
import { SingleWorld } from './world.ts';

export type Controller = Policy | 'human';

export type MatchOptions = {
  readonly robotsPerTeam: RobotsPerTeam;
  readonly rules?: Partial<Rules>; // replaces single ones of MATCH_RULES
  readonly seed: number; // u32
  /** One per robot, blue first. */
  readonly controllers: readonly Controller[];
  /** Milliseconds since 1970, kept in the episode. */
  readonly startedAt: number;
};

/** A policy that decides every `ticks` ticks. */
type Player = { readonly ticks: number; readonly attached: AttachedPolicy };

type Parts = {
  options: MatchOptions;
  rules: Rules;
  version: string;
  world: SingleWorld;
  players: readonly Player[];
};

export class Match implements Disposable {
  /** After the latest tick, and before it (to draw between the two). */
  state: MatchState;
  previous: MatchState;
  readonly options: MatchOptions;
  readonly rules: Rules;
  /** Inputs of the latest tick: int8 [R, 2], left and right wheel. */
  readonly inputs: Int8Array;
  readonly #version: string;
  readonly #world: SingleWorld;
  readonly #players: readonly Player[];
  readonly #read: StateReader;
  readonly #recorder: Recorder;
  /** int8 [R, 2]: what people command. */
  readonly #commands: Int8Array;
  readonly #humans: readonly number[];

  private constructor({ options, rules, version, world, players }: Parts) {
    const { environment } = world.environment;
    this.options = options;
    this.rules = rules;
    this.#version = version;
    this.#world = world;
    this.#players = players;
    this.#read = stateReader(environment);
    this.#humans = options.controllers.flatMap((one, robot) => (one === 'human' ? [robot] : []));
    this.#commands = new Int8Array(2 * environment.agentCount);
    this.inputs = new Int8Array(2 * environment.agentCount);
    const initial = world.read();
    this.#recorder = new Recorder(this.inputs.length, initial);
    this.state = this.previous = this.#read(initial);
  }

  /** At the kick-off. Throws where the number of controllers is not that of the robots. */
  static async create(compute: WasmCompute, options: MatchOptions): Promise<Match> {
    const environment = soccer(options.robotsPerTeam);
    const { controllers, seed } = options;
    invariant(
      controllers.length === environment.agentCount,
      `controllers: want one for each of ${environment.agentCount} robots, ` +
        `got ${controllers.length}`,
    );
    const rules = { ...MATCH_RULES, ...options.rules };
    const world = await SingleWorld.create(compute, environment, { rules, seed });
    const players: Player[] = [];
    try {
      for (const policy of new Set(controllers)) {
        if (policy === 'human') continue;
        const robots = controllers.flatMap((one, robot) => (one === policy ? [robot] : []));
        const attached = await policy.attach(world.environment, Uint32Array.from(robots));
        players.push({ ticks: policy.ticksPerAction ?? 1, attached });
      }
      const version = await versionOf(environment);
      return new Match({ options, rules, version, world, players });
    } catch (error) {
      for (const { attached } of players) attached[Symbol.dispose]();
      world[Symbol.dispose]();
      throw error;
    }
  }

  /** Wheel commands of a human's robot, -127 .. 127, kept until the next command. */
  command(robot: number, left: number, right: number): void {
    this.#commands[2 * robot] = wheelOf(left);
    this.#commands[2 * robot + 1] = wheelOf(right);
  }

  /** One tick of 1/60 s. Does nothing once the match is over. */
  step(): void {
    if (this.state.phase === 'over') return;
    const world = this.#world;
    const { actions } = world;
    for (const robot of this.#humans) {
      actions[2 * robot] = this.#commands[2 * robot]!;
      actions[2 * robot + 1] = this.#commands[2 * robot + 1]!;
    }
    world.step(this.#decisions());
    this.inputs.set(actions);
    const state = world.read();
    this.#recorder.record(this.inputs, state);
    this.previous = this.state;
    this.state = this.#read(state);
  }

  /** The dispatches of the policies whose turn it is, with what they look at. */
  #decisions(): Dispatch[] {
    const { tickCount } = this.#recorder;
    const due = this.#players.filter(({ ticks }) => tickCount % ticks === 0);
    if (due.length === 0) return [];
    const decisions = due.flatMap(({ attached }) => attached.dispatches);
    return [this.#world.environment.dispatches.observe, ...decisions];
  }

  /** The episode up to now; the match may go on. */
  finish(): Episode {
    const { options, rules } = this;
    return {
      environment: this.#world.environment.environment.id,
      version: this.#version,
      seed: options.seed,
      rules,
      startedAt: options.startedAt,
      controllers: options.controllers.map((one) => (one === 'human' ? one : one.name)),
      score: this.state.score,
      tickCount: this.#recorder.tickCount,
      ...this.#recorder.finish(this.#world.read()),
    };
  }

  [Symbol.dispose](): void {
    for (const { attached } of this.#players) attached[Symbol.dispose]();
    this.#world[Symbol.dispose]();
  }
}

/** -127 .. 127; what is no number stands still. */
function wheelOf(command: number): number {
  return Math.round(Math.min(127, Math.max(-127, command))) || 0;
}

/**
 * Worlds in which actors learn: who acts in them, against whom, and what every decision brings.
 * Axes: N worlds, R agents of each, L actors (the learning team's agents of all worlds), D features.
 */
import type { Compute, ComputeBuffer, Dispatch } from '@dreampitch/compute';
import {
  type AttachedPolicy,
  type Environment,
  type Policy,
  VectorEnvironment,
} from '@dreampitch/sim';
import { Actors } from './actors.ts';
import type { KeptBuffers } from './checkpoint.ts';
import playWgsl from './play.wgsl';
import { madeOf, type Own } from './run.ts';

export type PlayOptions = {
  readonly environment: Environment;
  readonly worldCount: number; // N
  /** A decision holds its action for so many ticks. */
  readonly ticksPerAction: number;
  /** As CreateOptions says. Without any, all agents are actors. */
  readonly opponents?: readonly Policy[];
  /** True: `after` is what is seen at the end of each decision. */
  readonly keepsAfter: boolean;
};

type Opponent = { readonly attached: AttachedPolicy; readonly every: number };

export class Play implements Disposable {
  readonly worlds: VectorEnvironment;
  readonly actors: Actors;
  readonly outcome: ComputeBuffer; // f32 [L, 2]: reward, end
  readonly after: ComputeBuffer; // f32 [L, D]
  readonly #options: PlayOptions;
  readonly #tally: ComputeBuffer;
  readonly #settle: { readonly first: Dispatch; readonly later: Dispatch };
  #opponents: readonly Opponent[] = [];

  private constructor(parts: {
    worlds: VectorEnvironment;
    actors: Actors;
    options: PlayOptions;
    buffers: Record<'outcome' | 'after' | 'tally', ComputeBuffer>;
    settle: { first: Dispatch; later: Dispatch };
  }) {
    this.worlds = parts.worlds;
    this.actors = parts.actors;
    this.outcome = parts.buffers.outcome;
    this.after = parts.buffers.after;
    this.#options = parts.options;
    this.#tally = parts.buffers.tally;
    this.#settle = parts.settle;
  }

  /** Worlds before their first reset. Throws where no network drives the environment. */
  static create(compute: Compute, options: PlayOptions): Promise<Play> {
    return madeOf((own) => Play.#make(own, compute, options));
  }

  static async #make(own: Own, compute: Compute, options: PlayOptions): Promise<Play> {
    const { environment, worldCount } = options;
    const worlds = own(await VectorEnvironment.create(compute, environment, { worldCount }));
    const actors = own(
      await Actors.create(
        worlds,
        learnersOf(environment, {
          worldCount,
          team: teamOf(environment, options.opponents),
        }),
      ),
    );
    const { count: L, space } = actors;
    const create = (label: string, words: number) =>
      own(compute.createBuffer({ label: `play: ${label}`, bytes: 4 * words }));
    const buffers = {
      outcome: create('outcome', 2 * L),
      after: create('after', L * space.inputs),
      tally: create('tally', 4 * L),
    };
    const settle = async (FRESH: 0 | 1): Promise<Dispatch> => {
      const constants = {
        ACTORS: L,
        AGENTS: environment.agentCount,
        FEATURES: space.inputs,
        SEES_CHOICE: space.seesChoice ? 1 : 0,
        FRESH,
        KEEPS_AFTER: options.keepsAfter ? 1 : 0,
      };
      const label = 'play: settle';
      const kernel = await compute.createKernel({
        label,
        wgsl: playWgsl,
        entry: 'settle',
        constants,
      });
      const { observations, rewards, ends } = worlds.buffers;
      const agents = actors.agentsBuffer;
      const bindings = { agents, observations, rewards, ends, ...buffers };
      return kernel.prepare({ bindings, invocations: L });
    };
    const dispatches = { first: await settle(1), later: await settle(0) };
    const play = new Play({ worlds, actors, options, buffers, settle: dispatches });
    await play.setOpponents(options.opponents ?? []);
    return play;
  }

  /** Lets others play for the other team; `decision` has to be asked again. */
  async setOpponents(policies: readonly Policy[]): Promise<void> {
    const { environment, worldCount, ticksPerAction, opponents } = this.#options;
    if (teamOf(environment, policies) !== teamOf(environment, opponents)) {
      throw new Error('Opponents are either there from the beginning of a run or never.');
    }
    const next = await madeOf(async (own) => {
      const attached: Opponent[] = [];
      for (const [i, policy] of policies.entries()) {
        const every = policy.ticksPerAction ?? 1;
        if (ticksPerAction % every !== 0) {
          throw new Error(
            `'${policy.name}' decides every ${every} ticks; want a ticksPerAction that it divides, ` +
              `not ${ticksPerAction}.`,
          );
        }
        const agents = opponentsOf(environment, { worldCount, number: i, of: policies.length });
        if (agents.length === 0) continue;
        attached.push({ attached: own(await policy.attach(this.worlds, agents)), every });
      }
      return attached;
    });
    for (const { attached } of this.#opponents) attached[Symbol.dispose]();
    this.#opponents = next;
  }

  /** `acting` writes the actors' actions; then the worlds play on until the next decision. */
  decision(acting: readonly Dispatch[]): Dispatch[] {
    const dispatches = [...acting];
    for (let tick = 0; tick < this.#options.ticksPerAction; tick++) {
      for (const { attached, every } of this.#opponents) {
        if (tick % every === 0) dispatches.push(...attached.dispatches);
      }
      const settle = tick === 0 ? this.#settle.first : this.#settle.later;
      dispatches.push(...this.worlds.stepDispatches, settle);
    }
    return dispatches;
  }

  reset(seed: number): void {
    this.worlds.compute.write(this.#tally, new Uint8Array(this.#tally.bytes));
    this.worlds.reset(seed);
  }

  /** Episodes that ended since this was last asked, counted per actor, and their mean return. */
  async takeTally(): Promise<{ episodes: number; meanReturn: number | null }> {
    const { compute } = this.worlds;
    const tally = new Float32Array((await compute.read(this.#tally)).buffer);
    let total = 0;
    let episodes = 0;
    for (let at = 0; at < tally.length; at += 4) {
      total += tally[at + 1]!;
      episodes += tally[at + 2]!;
      tally.fill(0, at + 1, at + 4);
    }
    if (episodes > 0) compute.write(this.#tally, tally);
    return { episodes, meanReturn: episodes === 0 ? null : total / episodes };
  }

  /** Of every actor: the return of its first episode, and whether that has ended. */
  async firstReturns(): Promise<{ value: number; ended: boolean }[]> {
    const tally = new Float32Array((await this.worlds.compute.read(this.#tally)).buffer);
    return Array.from({ length: this.actors.count }, (_, l) => {
      const ended = tally[4 * l + 2]! > 0;
      return { value: tally[4 * l + (ended ? 3 : 0)]!, ended };
    });
  }

  /** What it takes to go on playing exactly so. */
  get kept(): KeptBuffers {
    const { buffers, worldCount } = this.worlds;
    const padded = buffers.ends.bytes / 4; // worlds that the target's workgroups hold
    const kept: Record<string, { buffer: ComputeBuffer; bytes?: number }> = {
      'play.tally': { buffer: this.#tally },
    };
    for (const name of ['worlds', 'observations', 'rewards', 'ends'] as const) {
      const buffer = buffers[name];
      kept[`play.${name}`] = { buffer, bytes: (buffer.bytes / padded) * worldCount };
    }
    for (const [i, { attached }] of this.#opponents.entries()) {
      for (const [k, buffer] of (attached.memory ?? []).entries()) {
        kept[`play.opponent${i}.${k}`] = { buffer };
      }
    }
    return kept;
  }

  [Symbol.dispose](): void {
    for (const { attached } of this.#opponents) attached[Symbol.dispose]();
    const { actors, worlds, outcome, after } = this;
    for (const part of [this.#tally, outcome, after, actors, worlds]) part[Symbol.dispose]();
  }
}

/** Agents that learn in a world: half of them where others play against them, else all. */
function teamOf({ agentCount: R }: Environment, opponents: readonly Policy[] = []): number {
  return opponents.length > 0 && R > 1 ? R >> 1 : R;
}

/** The learning team's agents: blue in even worlds, orange in odd ones. */
function learnersOf(
  { agentCount: R }: Environment,
  o: { worldCount: number; team: number },
): Uint32Array {
  return Uint32Array.from({ length: o.worldCount * o.team }, (_, l) => {
    const n = Math.floor(l / o.team);
    return n * R + (n & 1) * (R - o.team) + (l % o.team);
  });
}

/** The other team's agents in the worlds of one opponent. */
function opponentsOf(
  { agentCount: R }: Environment,
  o: { worldCount: number; number: number; of: number },
): Uint32Array {
  if (R === 1) return new Uint32Array(0);
  const team = R >> 1;
  const agents: number[] = [];
  for (let n = 0; n < o.worldCount; n++) {
    if (Math.floor(n / 2) % o.of !== o.number) continue;
    for (let i = 0; i < R - team; i++) agents.push(n * R + (1 - (n & 1)) * team + i);
  }
  return Uint32Array.from(agents);
}

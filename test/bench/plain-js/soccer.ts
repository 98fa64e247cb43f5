/**
 * Soccer in plain JavaScript: the same work as soccer.wgsl (physics, rules, rewards, auto-reset,
 * observations), the peer that the WASM target is measured against. Axes: N worlds, R robots,
 * D features; arrays are row-major.
 */
import { type Observer, observerOf } from './observe.ts';
import { move } from './physics.ts';
import { advantage, distanceToBall, Referee, type RuleValues, startEpisode } from './rules.ts';
import {
  BALL,
  CLASH,
  GOAL_LINE,
  HX,
  HY,
  KICK,
  ROBOT_STRIDE,
  ROBOTS,
  stride,
  TURN,
  VX,
  VY,
  WALL_HIT,
  WHEEL_SPEED_MAX,
} from './world.ts';

const REWARD_GOAL = 1;
const REWARD_BALL = 0.4;
const REWARD_APPROACH = 0.1;
const RESET = 4;
const KICK_OFF = 0;
const PLAY = 1;
const OVER = 3;

/** The whole numbers of a world. */
export type Counters = {
  scoreBlue: number;
  scoreOrange: number;
  phase: number;
  phaseTicks: number;
  tick: number;
  clock: number;
  stallTicks: number;
  kickOffTeam: number;
  lastTouch: number;
  end: number;
  events: number;
  seed: number;
  draws: number;
};

export class PlainSoccer {
  readonly worldCount: number; // N
  readonly robotCount: number; // R
  readonly featureCount: number; // D
  readonly observations: Float32Array; // [N, R, D]
  readonly actions: Int32Array; // [N, R, 2]
  readonly rewards: Float32Array; // [N, R]
  readonly ends: Uint32Array; // [N]
  readonly numbers: Float64Array; // [N, stride]
  readonly counters: Counters[]; // [N]
  readonly #stride: number;
  readonly #referee: Referee;
  readonly #observe: Observer;
  readonly #commands: Float64Array; // [R, 2]
  readonly #distances: Float64Array; // [R]

  constructor(options: { robotsPerTeam: number; worldCount: number; rules: RuleValues }) {
    const { robotsPerTeam, worldCount, rules } = options;
    const R = 2 * robotsPerTeam;
    this.worldCount = worldCount;
    this.robotCount = R;
    this.featureCount = 20 + 4 * (R - 1);
    this.observations = new Float32Array(worldCount * R * this.featureCount);
    this.actions = new Int32Array(worldCount * R * 2);
    this.rewards = new Float32Array(worldCount * R);
    this.ends = new Uint32Array(worldCount);
    this.#stride = stride(R);
    this.numbers = new Float64Array(worldCount * this.#stride);
    this.counters = Array.from({ length: worldCount }, () => ({
      scoreBlue: 0,
      scoreOrange: 0,
      phase: 0,
      phaseTicks: 0,
      tick: 0,
      clock: 0,
      stallTicks: 0,
      kickOffTeam: 0,
      lastTouch: 0,
      end: 0,
      events: 0,
      seed: 0,
      draws: 0,
    }));
    this.#referee = new Referee(robotsPerTeam, rules);
    this.#observe = observerOf(robotsPerTeam);
    this.#commands = new Float64Array(2 * R);
    this.#distances = new Float64Array(R);
  }

  reset(seeds: Uint32Array): void {
    for (let n = 0; n < this.worldCount; n++) {
      startEpisode(this.#referee, this.numbers, n * this.#stride, this.counters[n]!, seeds[n]!);
      this.ends[n] = RESET;
    }
    this.rewards.fill(0);
    this.observe();
  }

  step(): void {
    for (let n = 0; n < this.worldCount; n++) this.#stepWorld(n);
    this.observe();
  }

  observe(): void {
    const { observations, numbers, robotCount, featureCount } = this;
    for (let n = 0; n < this.worldCount; n++) {
      const w = n * this.#stride;
      const at = n * robotCount * featureCount;
      for (let i = 0; i < robotCount; i++) {
        this.#observe(numbers, w, i, observations, at + i * featureCount);
      }
    }
  }

  #stepWorld(n: number): void {
    const world = this.counters[n]!;
    const w = n * this.#stride;
    const wasOver = world.phase === OVER;
    this.#tick(n, w, world);
    this.ends[n] = world.end;
    if (!wasOver) return;
    const seed = this.#referee.draw(world);
    startEpisode(this.#referee, this.numbers, w, world, seed);
    this.ends[n] = RESET;
  }

  #tick(n: number, w: number, world: Counters): void {
    const f = this.numbers;
    const R = this.robotCount;
    const commands = this.#commands;
    const distances = this.#distances;
    const braked = world.phase === KICK_OFF;
    const counts = world.phase === PLAY ? 1 : 0;
    for (let c = 0; c < 2 * R; c++) {
      const action = Math.min(127, Math.max(-127, this.actions[n * 2 * R + c]!));
      commands[c] = braked ? 0 : action * (WHEEL_SPEED_MAX / 127);
    }
    for (let i = 0, r = w + ROBOTS; i < R; i++, r += ROBOT_STRIDE) {
      f[r + KICK] = 0;
      distances[i] = distanceToBall(f, w, r);
    }
    world.events = 0;
    f[w + WALL_HIT] = 0;
    f[w + CLASH] = 0;
    const before = advantage(f[w + BALL]!, f[w + BALL + 1]!);
    const touched = move(f, w, commands);
    if (touched >= 0) world.lastTouch = touched;
    const x = f[w + BALL]!;
    const goal = x > GOAL_LINE ? 1 : x < -GOAL_LINE ? -1 : 0;
    const gain = REWARD_GOAL * goal + REWARD_BALL * (advantage(x, f[w + BALL + 1]!) - before);
    for (let i = 0, r = w + ROBOTS; i < R; i++, r += ROBOT_STRIDE) {
      const approach = REWARD_APPROACH * (distances[i]! - distanceToBall(f, w, r));
      const own = (2 * i < R ? gain : -gain) + approach;
      this.rewards[n * R + i] = own * counts;
      const hx = f[r + HX]!;
      const hy = f[r + HY]!;
      const scale = 1.5 - 0.5 * (hx * hx + hy * hy);
      f[r + HX] = settled(hx * scale);
      f[r + HY] = settled(hy * scale);
      f[r + VX] = settled(f[r + VX]!);
      f[r + VY] = settled(f[r + VY]!);
      f[r + TURN] = settled(f[r + TURN]!);
    }
    if (world.phase === OVER) return;
    world.tick++;
    this.#referee.judge(f, w, world);
  }
}

function settled(x: number): number {
  return Math.abs(x) < 1e-8 ? 0 : x;
}

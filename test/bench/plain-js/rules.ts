/** The rules of soccer.wgsl in plain JavaScript: kick-offs, goals, clock, stuck balls. */
import type { Counters } from './soccer.ts';
import {
  BALL,
  CLASH,
  GOAL_LINE,
  HALF_LENGTH,
  HX,
  HY,
  KICK,
  ROBOT_STRIDE,
  ROBOTS,
  STALL,
  TURN,
  VX,
  WALL_HIT,
  X,
  Y,
} from './world.ts';

const KICK_OFF = 0;
const PLAY = 1;
const CELEBRATION = 2;
const OVER = 3;
const TERMINATED = 1;
const TRUNCATED = 2;
const STALL_DISTANCE = 0.08;

export type RuleValues = {
  readonly ticksMax: number;
  readonly goalsMax: number;
  readonly kickOffTicks: number;
  readonly celebrationTicks: number;
  readonly stallTicks: number;
  readonly randomStartPercent: number;
};

/** In place of the robot that touched the ball last. */
const NOBODY = 255;

function pcgHash(value: number): number {
  const state = (Math.imul(value, 747796405) + 2891336453) >>> 0;
  const word = Math.imul((state >>> ((state >>> 28) + 4)) ^ state, 277803737) >>> 0;
  return ((word >>> 22) ^ word) >>> 0;
}

const between = (bits: number, low: number, high: number) =>
  low + (bits >>> 8) * 2 ** -24 * (high - low);
const below = (bits: number, count: number) => ((bits >>> 16) * count) >>> 16;

export function advantage(x: number, y: number): number {
  const toOrange = HALF_LENGTH - x;
  const toBlue = HALF_LENGTH + x;
  const difference = Math.sqrt(toBlue * toBlue + y * y) - Math.sqrt(toOrange * toOrange + y * y);
  return difference * (0.5 / HALF_LENGTH);
}

export function distanceToBall(f: Float64Array, w: number, r: number): number {
  const x = f[w + BALL]! - f[r + X]!;
  const y = f[w + BALL + 1]! - f[r + Y]!;
  return Math.sqrt(x * x + y * y);
}

export function startEpisode(
  referee: Referee,
  f: Float64Array,
  w: number,
  world: Counters,
  seed: number,
): void {
  world.seed = seed;
  world.draws = 0;
  world.scoreBlue = 0;
  world.scoreOrange = 0;
  world.tick = 0;
  world.clock = 0;
  world.end = 0;
  world.events = 0;
  f[w + WALL_HIT] = 0;
  f[w + CLASH] = 0;
  world.kickOffTeam = referee.draw(world) >>> 31;
  referee.placeKickOff(f, w, world);
}

export class Referee {
  readonly #robotsPerTeam: number;
  readonly #rules: RuleValues;

  constructor(robotsPerTeam: number, rules: RuleValues) {
    this.#robotsPerTeam = robotsPerTeam;
    this.#rules = rules;
  }

  draw(world: Counters): number {
    world.draws++;
    return pcgHash((pcgHash(world.seed) + world.draws) >>> 0);
  }

  #mark(slot: number, kicking: boolean): readonly [number, number] {
    if (slot === 0) return [kicking ? -0.2 : -0.4, 0];
    return slot + 1 === this.#robotsPerTeam ? [-0.65, 0] : [-0.35, 0.3];
  }

  #scatter(world: Counters, cell: number, margin: number): [number, number] {
    const a = this.draw(world);
    const b = this.draw(world);
    return [
      (cell & 3) * 0.375 - 0.5625 + between(a, margin - 0.1875, 0.1875 - margin),
      ((cell >>> 2) & 1) * 0.65 - 0.325 + between(b, margin - 0.325, 0.325 - margin),
    ];
  }

  placeKickOff(f: Float64Array, w: number, world: Counters): void {
    const team = this.#robotsPerTeam;
    const anywhere = below(this.draw(world), 100) < this.#rules.randomStartPercent;
    const cells = this.draw(world);
    const step = (cells & 3) * 2 + 1;
    const first = cells >>> 2;
    for (let i = 0; i < 2 * team; i++) {
      const r = w + ROBOTS + ROBOT_STRIDE * i;
      const side = i < team ? 1 : -1;
      const kicking = (world.kickOffTeam === 0) === i < team;
      const somewhere = this.#scatter(world, (i + 1) * step + first, 0.05);
      const jitterX = between(this.draw(world), -0.01, 0.01);
      const jitterY = between(this.draw(world), -0.01, 0.01);
      const spread = anywhere ? Math.PI : 0.1;
      const angle = between(this.draw(world), -spread, spread);
      const mark = this.#mark(i < team ? i : i - team, kicking);
      f[r + X] = anywhere ? somewhere[0] : mark[0] * side + jitterX;
      f[r + Y] = anywhere ? somewhere[1] : mark[1] * side + jitterY;
      f[r + HX] = Math.cos(angle) * side;
      f[r + HY] = Math.sin(angle) * side;
      f.fill(0, r + VX, r + VX + 2);
      f[r + TURN] = 0;
      f[r + KICK] = 0;
    }
    const ball = this.#scatter(world, first, 0.03);
    const rollX = between(this.draw(world), -0.6, 0.6);
    const rollY = between(this.draw(world), -0.6, 0.6);
    const moves = anywhere && cells >>> 31 === 1;
    f[w + BALL] = anywhere ? ball[0] : 0;
    f[w + BALL + 1] = anywhere ? ball[1] : 0;
    f[w + BALL + 2] = moves ? rollX : 0;
    f[w + BALL + 3] = moves ? rollY : 0;
    world.lastTouch = NOBODY;
    this.#watch(f, w, world);
    world.phaseTicks = anywhere ? 0 : this.#rules.kickOffTicks;
    world.phase = world.phaseTicks > 0 ? KICK_OFF : PLAY;
  }

  judge(f: Float64Array, w: number, world: Counters): void {
    if (world.phase === PLAY) this.#judgePlay(f, w, world);
    else if (world.phase === KICK_OFF) {
      world.phaseTicks--;
      if (world.phaseTicks === 0) {
        world.phase = PLAY;
        world.events |= 4;
      }
    }
    if (world.end !== 0) {
      world.phase = OVER;
      world.phaseTicks = 0;
      world.events |= 16;
    }
    if (world.phase !== CELEBRATION) return;
    if (world.phaseTicks === 0) this.placeKickOff(f, w, world);
    else world.phaseTicks--;
  }

  #judgePlay(f: Float64Array, w: number, world: Counters): void {
    const rules = this.#rules;
    const x = f[w + BALL]!;
    const y = f[w + BALL + 1]!;
    world.clock++;
    const blue = x > GOAL_LINE;
    if (blue || x < -GOAL_LINE) {
      if (blue) world.scoreBlue++;
      else world.scoreOrange++;
      world.events |= (blue ? 1 : 2) | (world.lastTouch << 8);
      world.kickOffTeam = blue ? 1 : 0;
      world.phase = CELEBRATION;
      world.phaseTicks = rules.celebrationTicks;
      const most = Math.max(world.scoreBlue, world.scoreOrange);
      if (rules.goalsMax > 0 && most >= rules.goalsMax) world.end = TERMINATED;
    }
    if (rules.ticksMax > 0 && world.clock >= rules.ticksMax) world.end |= TRUNCATED;
    const rolledX = x - f[w + STALL]!;
    const rolledY = y - f[w + STALL + 1]!;
    if (rolledX * rolledX + rolledY * rolledY > STALL_DISTANCE * STALL_DISTANCE) {
      this.#watch(f, w, world);
      return;
    }
    world.stallTicks++;
    if (rules.stallTicks > 0 && world.stallTicks >= rules.stallTicks) this.#freeBall(f, w, world);
  }

  #freeBall(f: Float64Array, w: number, world: Counters): void {
    const x = f[w + BALL]!;
    const y = f[w + BALL + 1]!;
    const markX = x >= 0 ? 0.375 : -0.375;
    const markY = y >= 0 ? 0.4 : -0.4;
    const jitterX = between(this.draw(world), -0.02, 0.02);
    const jitterY = between(this.draw(world), -0.02, 0.02);
    const across = (x - markX) ** 2 + (y - markY) ** 2 < 0.04;
    f[w + BALL] = markX + jitterX;
    f[w + BALL + 1] = (across ? -markY : markY) + jitterY;
    f.fill(0, w + BALL + 2, w + BALL + 4);
    this.#watch(f, w, world);
    world.events |= 8;
  }

  #watch(f: Float64Array, w: number, world: Counters): void {
    f[w + STALL] = f[w + BALL]!;
    f[w + STALL + 1] = f[w + BALL + 1]!;
    world.stallTicks = 0;
  }
}

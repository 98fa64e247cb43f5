/** For tests: what happens in many games at once, counted. */
import type { WasmCompute } from '@dreampitch/compute';
import { stateFields } from '../environment/state-fields.ts';
import { VectorEnvironment } from '../environment/vector-environment.ts';
import { type MatchEvent, type MatchState, stateReader } from '../match/state.ts';
import { MATCH_RULES } from '../soccer/rules.ts';
import { type RobotsPerTeam, soccer } from '../soccer/soccer.ts';
import type { Policy } from './policy.ts';

export type Game = {
  readonly robotsPerTeam: RobotsPerTeam;
  readonly blue: Policy;
  readonly orange: Policy;
  readonly seconds: number;
  readonly seed: number;
  readonly worldCount: number;
};

export type Counts = {
  /** Of play, kick-offs and celebrations not counted; all worlds together. */
  readonly minutes: number;
  readonly goals: number;
  readonly passes: number;
  readonly unforcedOwnGoals: number;
  /** The longest that a robot drove its wheels without getting anywhere. */
  readonly stuckSecondsMax: number;
  readonly freeBalls: number;
};

const TICKS_PER_SECOND = 60;
/** A pass goes so far, within so much of the way to the mate, or to where it could run. */
const PASS_DISTANCE = 0.25;
const PASS_COSINE = Math.cos(0.3);
const PASS_LEAD = 0.06;
/** Whoever scored after an opponent's touch this recent was pressed. */
const PRESSED_TICKS = 60;
/** An opponent's ball that comes to the end line this fast, in m/s, is deflected, if it goes in. */
const DEFLECTED_SPEED = 0.4;
/** Less than this of movement while the wheels turn is none. */
const STUCK = { metres: 0.02, radians: 0.35, command: 40 } as const;

type Touch = {
  readonly tick: number;
  readonly robot: number;
  /** The ball before and after. */
  readonly before: MatchState['ball'];
  readonly after: MatchState['ball'];
  readonly robots: MatchState['robots'];
};

/** Watches one world. */
class Watcher {
  playTicks = 0;
  goals = 0;
  passes = 0;
  unforcedOwnGoals = 0;
  stuckTicksMax = 0;
  freeBalls = 0;
  readonly #robotsPerTeam: number;
  #touches: Touch[] = [];
  #anchors: { x: number; y: number; angle: number; ticks: number }[] = [];

  constructor(robotsPerTeam: number) {
    this.#robotsPerTeam = robotsPerTeam;
  }

  /** `commands`: of this world, [R, 2]. */
  watch(before: MatchState, after: MatchState, commands: Int32Array): void {
    const plays = before.phase === 'play';
    if (plays) this.playTicks++;
    for (const event of after.events) this.#see(event, before, after);
    this.#seeStuck(after, plays ? commands : null);
  }

  #teamOf(robot: number): 0 | 1 {
    return robot < this.#robotsPerTeam ? 0 : 1;
  }

  #see(event: MatchEvent, before: MatchState, after: MatchState): void {
    if (event.type === 'free-ball') this.freeBalls++;
    if (event.type === 'kick') {
      const { robot } = event;
      const touch = {
        tick: after.tick,
        robot,
        before: before.ball,
        after: after.ball,
        robots: before.robots,
      };
      if (this.#isPass(touch)) this.passes++;
      this.#touches.push(touch);
    }
    if (event.type === 'goal') {
      this.goals++;
      if (this.#isUnforced(event.team, after.tick)) this.unforcedOwnGoals++;
      this.#touches = [];
    }
  }

  #isPass({ robot, before }: Touch): boolean {
    const last = this.#touches.at(-1);
    if (!last || last.robot === robot) return false;
    if (this.#teamOf(last.robot) !== this.#teamOf(robot)) return false;
    const { after, robots } = last;
    if (Math.hypot(before.x - after.x, before.y - after.y) < PASS_DISTANCE) return false;
    // Played to where the mate was or could run, rather than come to it by chance.
    const x = robots[robot]!.x + PASS_LEAD * (this.#teamOf(robot) === 0 ? 1 : -1) - after.x;
    const y = robots[robot]!.y - after.y;
    const speed = Math.hypot(after.velocityX, after.velocityY);
    const cosine = (x * after.velocityX + y * after.velocityY) / (Math.hypot(x, y) * speed);
    return cosine > PASS_COSINE;
  }

  /** An own goal that is no deflected shot or cross and came while no opponent had been at the ball. */
  #isUnforced(scorer: 0 | 1, tick: number): boolean {
    const touches = this.#touches;
    if (touches.length === 0 || this.#teamOf(touches.at(-1)!.robot) === scorer) return false;
    const opponents = touches.findLastIndex(({ robot }) => this.#teamOf(robot) === scorer);
    const opponent = touches[opponents];
    if (opponent && tick - opponent.tick < PRESSED_TICKS) return false;
    const { before } = touches[opponents + 1]!;
    const side = scorer === 0 ? 1 : -1;
    const coming = before.velocityX * side;
    if (opponent && coming > DEFLECTED_SPEED) return false;
    const seconds = (0.75 * side - before.x) / before.velocityX;
    const wasOnTarget = coming > 0.2 && Math.abs(before.y + before.velocityY * seconds) < 0.22;
    return !wasOnTarget;
  }

  /** `commands`: null while nobody can move. */
  #seeStuck({ robots }: MatchState, commands: Int32Array | null): void {
    robots.forEach(({ x, y, angle }, r) => {
      const anchor = this.#anchors[r];
      const turned = anchor ? angle - anchor.angle : 0;
      const drives =
        commands !== null &&
        Math.abs(commands[2 * r]!) + Math.abs(commands[2 * r + 1]!) >= STUCK.command;
      const isStill =
        anchor !== undefined &&
        drives &&
        Math.hypot(x - anchor.x, y - anchor.y) <= STUCK.metres &&
        Math.abs(Math.atan2(Math.sin(turned), Math.cos(turned))) <= STUCK.radians;
      if (isStill) anchor.ticks++;
      else this.#anchors[r] = { x, y, angle, ticks: 0 };
      this.stuckTicksMax = Math.max(this.stuckTicksMax, this.#anchors[r]!.ticks);
    });
  }
}

/** Plays and counts. Axis N worlds, side by side on WASM, every tick looked at. */
export async function watchPlay(compute: WasmCompute, game: Game): Promise<Counts> {
  const { robotsPerTeam, worldCount: N, seconds } = game;
  const environment = soccer(robotsPerTeam);
  const rules = { ...MATCH_RULES, ticksMax: 0 };
  using worlds = await VectorEnvironment.create(compute, environment, { worldCount: N, rules });
  const R = environment.agentCount;
  const team = (first: number) =>
    Uint32Array.from({ length: N * robotsPerTeam }, (_, i) => {
      const robot = first + (i % robotsPerTeam);
      return Math.floor(i / robotsPerTeam) * R + robot;
    });
  using blue = await game.blue.attach(worlds, team(0));
  using orange = await game.orange.attach(worlds, team(robotsPerTeam));
  worlds.reset(game.seed);
  const read = stateReader(environment);
  const { bytes } = stateFields(environment);
  const statesNow = () => {
    const all = compute.readSync(worlds.buffers.worlds);
    return Array.from({ length: N }, (_, n) => read(all.slice(n * bytes, (n + 1) * bytes)));
  };
  const watchers = Array.from({ length: N }, () => new Watcher(robotsPerTeam));
  let before = statesNow();
  for (let tick = 0; tick < TICKS_PER_SECOND * seconds; tick++) {
    if (tick % (game.blue.ticksPerAction ?? 1) === 0) compute.submit(blue.dispatches);
    if (tick % (game.orange.ticksPerAction ?? 1) === 0) compute.submit(orange.dispatches);
    worlds.step();
    const after = statesNow();
    const { buffer, byteOffset } = compute.view(worlds.buffers.actions);
    const commands = new Int32Array(buffer, byteOffset, N * R * 2);
    watchers.forEach((watcher, n) =>
      watcher.watch(before[n]!, after[n]!, commands.subarray(n * R * 2, (n + 1) * R * 2)),
    );
    before = after;
  }
  return countsOf(watchers);
}

function countsOf(watchers: readonly Watcher[]): Counts {
  const sum = (of: (watcher: Watcher) => number) =>
    watchers.reduce((total, watcher) => total + of(watcher), 0);
  return {
    minutes: sum((one) => one.playTicks) / TICKS_PER_SECOND / 60,
    goals: sum((one) => one.goals),
    passes: sum((one) => one.passes),
    unforcedOwnGoals: sum((one) => one.unforcedOwnGoals),
    stuckSecondsMax: Math.max(...watchers.map((one) => one.stuckTicksMax)) / TICKS_PER_SECOND,
    freeBalls: sum((one) => one.freeBalls),
  };
}

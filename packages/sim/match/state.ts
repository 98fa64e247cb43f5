/** What a match shows of its world: the kernel's state as plain objects. */
import type { Environment } from '../environment/environment.ts';
import { stateFields } from '../environment/state-fields.ts';

/** Metres, metres per second, radians; x along the pitch, y to the left of blue's attack. */
export type RobotState = {
  readonly x: number;
  readonly y: number;
  readonly angle: number;
  readonly velocityX: number;
  readonly velocityY: number;
  readonly turnRate: number; // radians per second
};

export type BallState = {
  readonly x: number;
  readonly y: number;
  readonly velocityX: number;
  readonly velocityY: number;
};

export type Phase = 'kick-off' | 'play' | 'celebration' | 'over';

/** What happened in the latest tick, for sound and celebration. Strengths are speeds in m/s. */
export type MatchEvent =
  | { readonly type: 'kick'; readonly robot: number; readonly strength: number }
  | { readonly type: 'wall'; readonly strength: number } // the ball met a wall or post
  | { readonly type: 'clash'; readonly strength: number } // robots met each other or a wall
  /** `robot`: who touched the ball last; null: nobody since it was put down. */
  | { readonly type: 'goal'; readonly team: 0 | 1; readonly robot: number | null }
  | { readonly type: 'kick-off' } // play begins
  | { readonly type: 'free-ball' } // a stuck ball was put down elsewhere
  | { readonly type: 'over' };

export type MatchState = {
  readonly tick: number;
  readonly phase: Phase;
  /** Ticks until the phase ends by itself; 0 where it does not. */
  readonly phaseTicks: number;
  /** Ticks that were played, kick-offs and celebrations not counted: what `ticksMax` limits. */
  readonly clockTicks: number;
  readonly score: readonly [blue: number, orange: number];
  readonly ball: BallState;
  /** Blue first, then orange. */
  readonly robots: readonly RobotState[];
  readonly events: readonly MatchEvent[];
};

/** As the kernel's constants KICK_OFF, PLAY, CELEBRATION and OVER count them. */
const PHASES: readonly Phase[] = ['kick-off', 'play', 'celebration', 'over'];
/** Softer touches are not worth a sound. */
const STRENGTH_MIN = 0.08;
/** Bits of `events`, as the kernel's constants EVENT_... */
const EVENT = { goalBlue: 1, goalOrange: 2, kickOff: 4, freeBall: 8, over: 16 } as const;
/** Of `events` from bit 8 on: who touched the ball before a goal, as NOBODY and EVENT_SCORER say. */
const NOBODY = 255;
const scorerOf = (bits: number) => (((bits >>> 8) & 255) === NOBODY ? null : (bits >>> 8) & 255);

/** Reads the states of an environment. `state` is the kernel's World in WGSL's layout. */
export type StateReader = (state: Uint8Array<ArrayBuffer>) => MatchState;

/** The reader of a soccer environment's states. */
export function stateReader(environment: Environment): StateReader {
  const { wordOf } = stateFields(environment);
  const at = {
    ball: wordOf('ball.x'),
    ballVelocity: wordOf('ballVelocity.x'),
    robots: Array.from({ length: environment.agentCount }, (_, r) => ({
      position: wordOf(`robots[${r}].position.x`),
      heading: wordOf(`robots[${r}].heading.x`),
      velocity: wordOf(`robots[${r}].velocity.x`),
      turnRate: wordOf(`robots[${r}].turnRate`),
      kick: wordOf(`robots[${r}].kick`),
    })),
    scoreBlue: wordOf('scoreBlue'),
    scoreOrange: wordOf('scoreOrange'),
    phase: wordOf('phase'),
    phaseTicks: wordOf('phaseTicks'),
    tick: wordOf('tick'),
    clock: wordOf('clock'),
    events: wordOf('events'),
    wallHit: wordOf('wallHit'),
    clash: wordOf('clash'),
  };
  return (state) => {
    const f = new Float32Array(state.buffer);
    const u = new Uint32Array(state.buffer);
    const robots = at.robots.map((robot) => ({
      x: f[robot.position]!,
      y: f[robot.position + 1]!,
      angle: Math.atan2(f[robot.heading + 1]!, f[robot.heading]!),
      velocityX: f[robot.velocity]!,
      velocityY: f[robot.velocity + 1]!,
      turnRate: f[robot.turnRate]!,
    }));
    return {
      tick: u[at.tick]!,
      phase: PHASES[u[at.phase]!] ?? 'over',
      phaseTicks: u[at.phaseTicks]!,
      clockTicks: u[at.clock]!,
      score: [u[at.scoreBlue]!, u[at.scoreOrange]!],
      ball: {
        x: f[at.ball]!,
        y: f[at.ball + 1]!,
        velocityX: f[at.ballVelocity]!,
        velocityY: f[at.ballVelocity + 1]!,
      },
      robots,
      events: eventsOf({
        bits: u[at.events]!,
        wallHit: f[at.wallHit]!,
        clash: f[at.clash]!,
        kicks: at.robots.map((robot) => f[robot.kick]!),
      }),
    };
  };
}

type Happened = {
  bits: number;
  wallHit: number;
  clash: number;
  kicks: readonly number[];
};

function eventsOf({ bits, wallHit, clash, kicks }: Happened): MatchEvent[] {
  const events: MatchEvent[] = [];
  kicks.forEach((strength, robot) => {
    if (strength > STRENGTH_MIN) events.push({ type: 'kick', robot, strength });
  });
  if (wallHit > STRENGTH_MIN) events.push({ type: 'wall', strength: wallHit });
  if (clash > STRENGTH_MIN) events.push({ type: 'clash', strength: clash });
  if (bits & EVENT.goalBlue) events.push({ type: 'goal', team: 0, robot: scorerOf(bits) });
  if (bits & EVENT.goalOrange) events.push({ type: 'goal', team: 1, robot: scorerOf(bits) });
  if (bits & EVENT.kickOff) events.push({ type: 'kick-off' });
  if (bits & EVENT.freeBall) events.push({ type: 'free-ball' });
  if (bits & EVENT.over) events.push({ type: 'over' });
  return events;
}

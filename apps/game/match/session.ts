/** One match under way: hands become wheel commands, frames become ticks. No DOM, no clock. */
import type { Match, MatchEvent, MatchState } from '@dreampitch/sim';
import type { Hand } from '../controls/hands.ts';
import { EMPTY_HAND } from '../controls/hands.ts';
import { pushAfter, spin, steerByDirection } from '../controls/steering.ts';
import type { Moment } from '../scene/actors.ts';
import type { FixedStep } from './fixed-step.ts';
import { advanceFixedStep } from './fixed-step.ts';
import type { Seat } from './setup.ts';

export type SessionOptions = {
  match: Match;
  seats: readonly Seat[];
  robotsPerTeam: number;
  tickSeconds: number;
  ticksMax: number; // of play
};

/** How close the ball has to be for a spin to be aimed at it, metres. */
const SPIN_REACH = 0.12;

export class Session implements Disposable {
  readonly match: Match;
  readonly seats: readonly Seat[];
  readonly #options: SessionOptions;
  readonly #faceReversed = [false, false];
  readonly #push = [0, 0];
  #step: FixedStep;
  #blend = 0;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.match = options.match;
    this.seats = options.seats;
    this.#step = { tickSeconds: options.tickSeconds, restSeconds: 0 };
  }

  get state(): MatchState {
    return this.match.state;
  }

  /** Seconds of play left. */
  get clockSeconds(): number {
    return (this.#options.ticksMax - this.state.clockTicks) * this.#options.tickSeconds;
  }

  get moment(): Moment {
    return { previous: this.match.previous, state: this.match.state, blend: this.#blend };
  }

  /**
   * Plays on by `elapsedSeconds`. `yaw`: which way the picture's up points on the pitch, so that a
   * hand's up is the picture's up. `onTick` hears of every tick.
   */
  advance(
    elapsedSeconds: number,
    hands: readonly [Hand, Hand],
    yaw: number,
    onTick: (events: readonly MatchEvent[]) => void,
  ): void {
    const advance = advanceFixedStep(this.#step, elapsedSeconds);
    this.#step = advance.step;
    for (let i = 0; i < advance.tickCount; i++) this.#tick(hands, yaw, onTick);
    this.#blend = this.state.phase === 'over' ? 1 : advance.blend;
  }

  #tick(
    hands: readonly [Hand, Hand],
    yaw: number,
    onTick: (events: readonly MatchEvent[]) => void,
  ): void {
    const { state } = this.match;
    if (state.phase === 'over') return;
    for (const seat of this.seats) this.#drive(seat, hands[seat.hand] ?? EMPTY_HAND, yaw);
    this.match.step();
    onTick(this.match.state.events);
  }

  #drive(seat: Seat, hand: Hand, yaw: number): void {
    const { state } = this.match;
    const robot = state.robots[seat.robot]!;
    if (hand.spin) {
      const ballY = state.ball.y - robot.y;
      const near = Math.hypot(state.ball.x - robot.x, ballY) < SPIN_REACH;
      const attackX = seat.robot < this.#options.robotsPerTeam ? 1 : -1;
      const wheels = spin({ ballY: near ? ballY : attackX, attackX });
      this.match.command(seat.robot, wheels.left, wheels.right);
      return;
    }
    const wanted = Math.hypot(hand.x, hand.y);
    const push = pushAfter(this.#push[seat.hand]!, wanted, this.#options.tickSeconds);
    this.#push[seat.hand] = push;
    const share = wanted > 0 ? push / wanted : 0;
    const [sin, cos] = [Math.sin(yaw) * share, Math.cos(yaw) * share];
    const wheels = steerByDirection({
      directionX: cos * hand.x - sin * hand.y,
      directionY: sin * hand.x + cos * hand.y,
      heading: robot.angle,
      faceReversed: this.#faceReversed[seat.hand]!,
    });
    this.#faceReversed[seat.hand] = wheels.faceReversed;
    this.match.command(seat.robot, wheels.left, wheels.right);
  }

  [Symbol.dispose](): void {
    this.match[Symbol.dispose]();
  }
}

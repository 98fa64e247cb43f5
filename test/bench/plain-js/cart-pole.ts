/**
 * CartPole in plain JavaScript: the same work as cart-pole.wgsl (step, reward, time limit, auto-reset,
 * observations), the peer that the WASM target is measured against. Axis N worlds.
 */

const GRAVITY = 9.8;
const POLE_MASS = 0.1;
const MASS = 1.1;
const POLE_HALF_LENGTH = 0.5;
const POLE_MOMENT = 0.05;
const FORCE = 10;
const STEP_SECONDS = 0.02;
const X_MAX = 2.4;
const ANGLE_MAX = 0.20943951023931953;
const STEPS_MAX = 500;

function pcgHash(value: number): number {
  const state = (Math.imul(value, 747796405) + 2891336453) >>> 0;
  const word = Math.imul((state >>> ((state >>> 28) + 4)) ^ state, 277803737) >>> 0;
  return ((word >>> 22) ^ word) >>> 0;
}

export class PlainCartPole {
  readonly x: Float64Array; // [N], and so on
  readonly xSpeed: Float64Array;
  readonly angle: Float64Array;
  readonly angleSpeed: Float64Array;
  readonly steps: Uint32Array;
  readonly end: Uint32Array;
  readonly stream: Uint32Array;
  readonly draws: Uint32Array;
  readonly observations: Float32Array; // [N, 4]
  readonly actions: Int32Array; // [N]
  readonly rewards: Float32Array; // [N]
  readonly ends: Uint32Array; // [N]
  readonly #count: number;

  constructor(worldCount: number) {
    this.#count = worldCount;
    this.x = new Float64Array(worldCount);
    this.xSpeed = new Float64Array(worldCount);
    this.angle = new Float64Array(worldCount);
    this.angleSpeed = new Float64Array(worldCount);
    this.steps = new Uint32Array(worldCount);
    this.end = new Uint32Array(worldCount);
    this.stream = new Uint32Array(worldCount);
    this.draws = new Uint32Array(worldCount);
    this.observations = new Float32Array(worldCount * 4);
    this.actions = new Int32Array(worldCount);
    this.rewards = new Float32Array(worldCount);
    this.ends = new Uint32Array(worldCount);
  }

  reset(seeds: Uint32Array): void {
    for (let n = 0; n < this.#count; n++) this.#start(n, pcgHash(seeds[n]!));
    this.#observe();
  }

  step(): void {
    const { x, xSpeed, angle, angleSpeed, actions, rewards, ends, end, steps } = this;
    for (let n = 0; n < this.#count; n++) {
      if (end[n] !== 0) {
        this.#start(n, this.#draw(n));
        continue;
      }
      const force = actions[n] === 1 ? FORCE : -FORCE;
      const theta = angle[n]!;
      const thetaSpeed = angleSpeed[n]!;
      const a2 = theta * theta;
      const sine = theta * (1 - a2 * (1 / 6) * (1 - a2 * (1 / 20) * (1 - a2 * (1 / 42))));
      const cosine = 1 - a2 * 0.5 * (1 - a2 * (1 / 12) * (1 - a2 * (1 / 30)));
      const push = (force + POLE_MOMENT * thetaSpeed * thetaSpeed * sine) * (1 / MASS);
      const angleAcceleration =
        (GRAVITY * sine - cosine * push) /
        (POLE_HALF_LENGTH * (4 / 3 - (POLE_MASS / MASS) * cosine * cosine));
      const acceleration = push - (POLE_MOMENT / MASS) * angleAcceleration * cosine;
      const newX = x[n]! + STEP_SECONDS * xSpeed[n]!;
      const newAngle = theta + STEP_SECONDS * thetaSpeed;
      x[n] = newX;
      xSpeed[n] = xSpeed[n]! + STEP_SECONDS * acceleration;
      angle[n] = newAngle;
      angleSpeed[n] = thetaSpeed + STEP_SECONDS * angleAcceleration;
      steps[n] = steps[n]! + 1;
      const fell = Math.abs(newX) > X_MAX || Math.abs(newAngle) > ANGLE_MAX;
      end[n] = (fell ? 1 : 0) | (steps[n]! >= STEPS_MAX ? 2 : 0);
      ends[n] = end[n]!;
      rewards[n] = 1;
    }
    this.#observe();
  }

  #observe(): void {
    const { x, xSpeed, angle, angleSpeed, observations } = this;
    for (let n = 0, at = 0; n < this.#count; n++, at += 4) {
      observations[at] = x[n]!;
      observations[at + 1] = xSpeed[n]!;
      observations[at + 2] = angle[n]!;
      observations[at + 3] = angleSpeed[n]!;
    }
  }

  #draw(n: number): number {
    this.draws[n] = this.draws[n]! + 1;
    return pcgHash((this.stream[n]! + this.draws[n]) >>> 0);
  }

  #uniform(n: number): number {
    return -0.05 + (this.#draw(n) >>> 8) * 2 ** -24 * 0.1;
  }

  #start(n: number, stream: number): void {
    this.stream[n] = stream;
    this.draws[n] = 0;
    this.x[n] = this.#uniform(n);
    this.xSpeed[n] = this.#uniform(n);
    this.angle[n] = this.#uniform(n);
    this.angleSpeed[n] = this.#uniform(n);
    this.steps[n] = 0;
    this.end[n] = 0;
    this.ends[n] = 4;
    this.rewards[n] = 0;
  }
}

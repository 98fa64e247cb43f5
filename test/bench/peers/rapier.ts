/**
 * What a game developer would pick: Rapier2D (SIMD), stepping a scene like soccer 3v3. Each world has
 * six cubes on wheels and a ball on a walled pitch with goals, in ten substeps per tick; wheels push
 * once per tick, and nothing is judged, rewarded or looked at. Axis N worlds.
 */
import {
  ColliderDesc,
  init,
  type RigidBody,
  RigidBodyDesc,
  Vector2,
  World,
} from '@dimforge/rapier2d-simd-compat';
import { soccer } from '@dreampitch/sim';

const ROBOTS = 6; // R
const SUBSTEPS = 10;
const SUBSTEP_SECONDS = 1 / 600;

/** The environment's own number. */
function numberOf(name: string): number {
  const found = soccer(3).parameters.find((parameter) => parameter.name === name);
  if (!found) throw new Error(`Soccer has no parameter '${name}'.`);
  return found.value;
}

type Scene = { world: World; robots: RigidBody[] };

/** Walls as boxes outside of the pitch: [centre x, centre y, half width, half height]. */
function wallsOf(): [number, number, number, number][] {
  const thick = 0.1;
  const x = numberOf('HALF_LENGTH');
  const y = numberOf('HALF_WIDTH');
  const goal = numberOf('GOAL_HALF_WIDTH');
  const depth = numberOf('GOAL_DEPTH');
  const side = (y - goal) / 2;
  const ends = [-1, 1].flatMap((end): [number, number, number, number][] => [
    [end * (x + thick), goal + side, thick, side],
    [end * (x + thick), -goal - side, thick, side],
    [end * (x + depth + thick), 0, thick, goal],
  ]);
  return [[0, y + thick, x, thick], [0, -y - thick, x, thick], ...ends];
}

/** The triangle in each corner. */
function cornersOf(): [number, number][][] {
  const x = numberOf('HALF_LENGTH');
  const y = numberOf('HALF_WIDTH');
  const cut = numberOf('CORNER_CUT');
  return [-1, 1].flatMap((a) =>
    [-1, 1].map((b): [number, number][] => [
      [a * x, b * y],
      [a * (x - cut), b * y],
      [a * x, b * (y - cut)],
    ]),
  );
}

function sceneOf(): Scene {
  const world = new World({ x: 0, y: 0 });
  world.timestep = SUBSTEP_SECONDS;
  world.numSolverIterations = 1; // of 4: substeps do their work, as ours do
  const restitution = numberOf('BALL_WALL_RESTITUTION');
  for (const [x, y, halfWidth, halfHeight] of wallsOf()) {
    const wall = ColliderDesc.cuboid(halfWidth, halfHeight).setTranslation(x, y);
    world.createCollider(wall.setRestitution(restitution));
  }
  for (const corner of cornersOf()) {
    const [a, b, c] = corner.map(([x, y]) => new Vector2(x, y));
    world.createCollider(ColliderDesc.triangle(a!, b!, c!).setRestitution(restitution));
  }
  const dynamic = (x: number, y: number) =>
    world.createRigidBody(
      RigidBodyDesc.dynamic().setTranslation(x, y).setCanSleep(false).setCcdEnabled(false),
    );
  const half = numberOf('ROBOT_HALF');
  const robots = Array.from({ length: ROBOTS }, (_, i) => {
    const body = dynamic((i < 3 ? -0.3 : 0.3) + 0.05 * (i % 3), 0.3 * ((i % 3) - 1));
    const collider = ColliderDesc.cuboid(half, half)
      .setMass(numberOf('ROBOT_MASS'))
      .setFriction(numberOf('ROBOT_FRICTION'))
      .setRestitution(numberOf('ROBOT_RESTITUTION'));
    world.createCollider(collider, body);
    body.setLinearDamping(1);
    body.setAngularDamping(1);
    return body;
  });
  const ball = dynamic(0, 0.01);
  ball.setLinearDamping(numberOf('BALL_DRAG'));
  const collider = ColliderDesc.ball(numberOf('BALL_RADIUS'))
    .setMass(numberOf('BALL_MASS'))
    .setFriction(numberOf('BALL_ROBOT_FRICTION'))
    .setRestitution(numberOf('BALL_ROBOT_RESTITUTION'));
  world.createCollider(collider, ball);
  return { world, robots };
}

/** N scenes that are stepped together. */
export class RapierSoccer implements Disposable {
  readonly actions: Int32Array; // [N, R, 2], wheels in -127 .. 127
  readonly #scenes: Scene[];
  readonly #speedOfAction = numberOf('WHEEL_SPEED_MAX') / 127;
  readonly #track = numberOf('ROBOT_TRACK');
  readonly #hold = numberOf('WHEEL_ACCELERATION') * SUBSTEPS * SUBSTEP_SECONDS;

  private constructor(worldCount: number) {
    this.actions = new Int32Array(worldCount * ROBOTS * 2);
    this.#scenes = Array.from({ length: worldCount }, sceneOf);
  }

  static async create(worldCount: number): Promise<RapierSoccer> {
    await init();
    return new RapierSoccer(worldCount);
  }

  step(): void {
    this.#scenes.forEach(({ world, robots }, n) => {
      robots.forEach((robot, r) => this.#drive(robot, (n * ROBOTS + r) * 2));
      for (let substep = 0; substep < SUBSTEPS; substep++) world.step();
    });
  }

  /** The wheels' pull on a robot for a tick, no harder than the tyres hold. */
  #drive(robot: RigidBody, at: number): void {
    const left = this.actions[at]! * this.#speedOfAction;
    const right = this.actions[at + 1]! * this.#speedOfAction;
    const angle = robot.rotation();
    const [x, y] = [Math.cos(angle), Math.sin(angle)];
    const velocity = robot.linvel();
    const turnRate = robot.angvel();
    const forward = velocity.x * x + velocity.y * y;
    const slip = velocity.y * x - velocity.x * y;
    const held = (pull: number) => Math.max(-this.#hold, Math.min(this.#hold, pull));
    const rim = (turnRate * this.#track) / 2;
    const pullLeft = held(left - forward + rim);
    const pullRight = held(right - forward - rim);
    const along = (pullLeft + pullRight) / 2;
    const across = -held(slip);
    robot.setLinvel(
      { x: velocity.x + x * along - y * across, y: velocity.y + y * along + x * across },
      true,
    );
    robot.setAngvel(turnRate + (pullRight - pullLeft) / this.#track, true);
  }

  /** Fastest robot of all, in m/s: to see that the scenes live. */
  get speedMax(): number {
    const velocities = this.#scenes.flatMap(({ robots }) => robots.map((robot) => robot.linvel()));
    return velocities.reduce((fastest, { x, y }) => Math.max(fastest, Math.hypot(x, y)), 0);
  }

  [Symbol.dispose](): void {
    for (const { world } of this.#scenes) world.free();
  }
}

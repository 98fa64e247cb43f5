/** For tests: one soccer world whose numbers are set by name before it is stepped. */
import { openWasm } from '@dreampitch/compute';
import { SingleWorld } from '../match/world.ts';
import { type MatchState, stateReader } from '../match/state.ts';
import { MATCH_RULES, type Rules } from './rules.ts';
import { type RobotsPerTeam, soccer } from './soccer.ts';

export type Staging = {
  readonly robotsPerTeam?: RobotsPerTeam;
  readonly rules?: Partial<Rules>;
  readonly seed?: number;
};

export class StagedWorld implements Disposable {
  readonly world: SingleWorld;
  readonly #read: (state: Uint8Array<ArrayBuffer>) => MatchState;
  readonly #close: () => void;

  private constructor(world: SingleWorld, close: () => void) {
    this.world = world;
    this.#read = stateReader(world.environment.environment);
    this.#close = close;
  }

  static async create({ robotsPerTeam = 1, rules, seed = 1 }: Staging): Promise<StagedWorld> {
    const compute = await openWasm({ threadCount: 1 });
    const world = await SingleWorld.create(compute, soccer(robotsPerTeam), {
      rules: { ...MATCH_RULES, kickOffTicks: 0, ...rules },
      seed,
    });
    return new StagedWorld(world, () => {
      world[Symbol.dispose]();
      compute[Symbol.dispose]();
    });
  }

  get state(): MatchState {
    return this.#read(this.world.read());
  }

  /** Numbers of the state by name, as they are stored. */
  value(name: string): number {
    const field = this.world.fields.fields.find((one) => one.name === name)!;
    const { buffer } = this.world.read();
    return field.type === 'f32'
      ? new Float32Array(buffer)[field.word]!
      : new Uint32Array(buffer)[field.word]!;
  }

  set(values: Readonly<Record<string, number>>): void {
    const state = this.world.read();
    for (const [name, value] of Object.entries(values)) {
      const { word, type } = this.world.fields.fields.find((one) => one.name === name)!;
      if (type === 'f32') new Float32Array(state.buffer)[word] = value;
      else new Uint32Array(state.buffer)[word] = value;
    }
    this.world.write(state);
  }

  /** Robots put aside, standing, so that only what a test sets up happens. */
  clear(): void {
    const { agentCount } = this.world.environment;
    for (let r = 0; r < agentCount; r++) {
      this.place(r, { x: -0.3 + 0.12 * r, y: 0.55, angle: 0 });
    }
    this.set({ 'ball.x': 0, 'ball.y': -0.3, 'ballVelocity.x': 0, 'ballVelocity.y': 0 });
  }

  place(robot: number, at: { x: number; y: number; angle: number; speed?: number }): void {
    const { x, y, angle, speed = 0 } = at;
    this.set({
      [`robots[${robot}].position.x`]: x,
      [`robots[${robot}].position.y`]: y,
      [`robots[${robot}].heading.x`]: Math.cos(angle),
      [`robots[${robot}].heading.y`]: Math.sin(angle),
      [`robots[${robot}].velocity.x`]: speed * Math.cos(angle),
      [`robots[${robot}].velocity.y`]: speed * Math.sin(angle),
      [`robots[${robot}].turnRate`]: 0,
    });
  }

  /** Ticks with int8 [R, 2] commands, the same in each. */
  step(ticks = 1, commands: readonly number[] = []): void {
    for (let tick = 0; tick < ticks; tick++) {
      const { actions } = this.world;
      for (let i = 0; i < actions.length; i++) actions[i] = commands[i] ?? 0;
      this.world.step();
    }
  }

  [Symbol.dispose](): void {
    this.#close();
  }
}

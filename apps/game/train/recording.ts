/** Episodes of a policy, recorded as seed and actions, and played again to the bit. */
import type { WasmCompute } from '@dreampitch/compute';
import type { AttachedPolicy, Environment, Policy } from '@dreampitch/sim';
import { make, RESET, sizeOf, stateFields, VectorEnvironment, versionOf } from '@dreampitch/sim';
import type { Recording } from '../storage/run-rows.ts';
import { botFor } from './bot.ts';

/** Steps of a recording at the most: half a minute of soccer, a whole episode of what is timed. */
const STEPS_MAX = 1800;

/** Agents that the policy drives: the only one, or blue's robots. */
function ownAgents({ agentCount }: Environment): Uint32Array {
  const count = agentCount === 1 ? 1 : agentCount / 2;
  return Uint32Array.from({ length: count }, (_, i) => i);
}

function isFloats({ actionSpace }: Environment): boolean {
  return actionSpace.kind === 'box' && actionSpace.type === 'f32';
}

export type RecordOptions = {
  readonly environment: Environment;
  readonly policy: Policy;
  readonly seed: number; // u32
  readonly trainedSteps: number;
};

/** Plays one episode; opponents are the bot's. `compute` is strict WASM of its own. */
export async function recordEpisode(compute: WasmCompute, o: RecordOptions): Promise<Recording> {
  const { environment, policy, seed } = o;
  using worlds = await VectorEnvironment.create(compute, environment, { worldCount: 1 });
  const own = ownAgents(environment);
  using driven = await policy.attach(worlds, own);
  using opponent = await attachOpponent(worlds, own.length);
  worlds.reset(Uint32Array.of(seed));
  const { buffers, actionSize, agentCount } = worlds;
  const width = agentCount * actionSize;
  const floats = isFloats(environment);
  const taken = floats ? new Float32Array(STEPS_MAX * width) : new Int32Array(STEPS_MAX * width);
  const words = (name: 'actions' | 'rewards' | 'ends', count: number) =>
    compute.readSync(buffers[name], { byteOffset: 0, bytes: 4 * count }).buffer;
  let [steps, episodeReturn, over] = [0, 0, false];
  while (steps < STEPS_MAX && !over) {
    if (steps % (policy.ticksPerAction ?? 1) === 0) {
      compute.submit([worlds.dispatches.observe, ...driven.dispatches]);
    }
    if (opponent && steps % (botFor(environment).ticksPerAction ?? 1) === 0) {
      compute.submit(opponent.dispatches);
    }
    const chosen = words('actions', width);
    taken.set(floats ? new Float32Array(chosen) : new Int32Array(chosen), steps * width);
    worlds.step();
    const end = new Uint32Array(words('ends', 1))[0]!;
    if (end !== RESET) episodeReturn += new Float32Array(words('rewards', 1))[0]!;
    over = end !== 0 && end !== RESET;
    steps++;
  }
  return {
    steps: o.trainedSteps,
    version: await versionOf(environment),
    seed,
    actions: taken.slice(0, steps * width),
    episodeReturn,
    ending: over ? 'end' : 'cut',
  };
}

async function attachOpponent(
  worlds: VectorEnvironment,
  ownCount: number,
): Promise<AttachedPolicy | null> {
  const { agentCount } = worlds;
  if (agentCount === ownCount) return null;
  const others = Uint32Array.from({ length: agentCount - ownCount }, (_, i) => ownCount + i);
  return botFor(worlds.environment).attach(worlds, others);
}

/** What was to be seen: states before and after every step, the numbers of the state by name. */
export type Film = {
  readonly names: readonly string[]; // [S]
  readonly seen: readonly string[]; // [D], names of the observation; empty: it has none
  readonly states: Float32Array<ArrayBuffer>; // [T + 1, S]
  readonly observations: Float32Array<ArrayBuffer>; // [T + 1, D], of the first agent
  readonly rewards: Float32Array<ArrayBuffer>; // [T], of the first agent
  readonly actions: Recording['actions']; // [T, R, A]
  readonly stepSeconds: number;
};

/** Plays a recording again. Throws where it is of another version of the environment. */
export async function filmOf(environment: Environment, recording: Recording): Promise<Film> {
  if (recording.version !== (await versionOf(environment))) {
    throw new Error(
      'It was recorded in another version of the environment and cannot be replayed.',
    );
  }
  using world = await make(environment, { seed: recording.seed });
  const { actions } = recording;
  const { observationSpace } = environment;
  let { observation } = world.reset({ seed: recording.seed });
  const width = environment.agentCount * sizeOf(environment.actionSpace);
  const steps = Math.floor(actions.length / width);
  const states: number[] = [];
  const observations: number[] = [];
  const rewards: number[] = [];
  const look = () => {
    const { state } = world;
    states.push(...(typeof state === 'number' ? [state] : state));
    observations.push(...numbersOf(observation).slice(0, sizeOf(observationSpace)));
  };
  look();
  for (let t = 0; t < steps; t++) {
    const result = world.step(actions.subarray(t * width, (t + 1) * width));
    observation = result.observation;
    rewards.push(result.reward);
    look();
    if (result.terminated || result.truncated) break;
  }
  return {
    names: stateNames(environment),
    seen: observationSpace.kind === 'box' ? (observationSpace.names ?? []) : [],
    states: Float32Array.from(states),
    observations: Float32Array.from(observations),
    rewards: Float32Array.from(rewards),
    actions,
    stepSeconds: environment.tickSeconds,
  };
}

const OWN = 'state.';

/** Names of the numbers of `SingleEnvironment.state`, in its order. */
function stateNames(environment: Environment): string[] {
  const names = stateFields(environment).fields.map(({ name }) => name);
  const own = names.filter((name) => name.startsWith(OWN)).map((name) => name.slice(OWN.length));
  return own.length > 0 ? own : names;
}

/** All numbers of an observation, in order, however its space is built. */
function numbersOf(value: unknown): number[] {
  if (typeof value === 'number') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(numbersOf) : [];
}

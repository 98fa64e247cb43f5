/** What a run can do at a moment, kept as a version; and what a run that goes on from one must keep. */
import type { Compute } from '@dreampitch/compute';
import type { Keep, Memory, NamedTensor, Trainee } from '@dreampitch/learning';
import {
  decodeMemory,
  encodeMemory,
  encodePolicy,
  policyOf,
  rememberTask,
  returnsOf,
  startFrom,
} from '@dreampitch/learning';
import type { Policy } from '@dreampitch/sim';
import type { TakenVersion } from '../../storage/run-rows.ts';
import { botFor } from '../bot.ts';
import type { BeginOrder } from '../protocol.ts';
import { environmentOf } from '../run-environment.ts';

function memoryOf({ recipe, inputs }: BeginOrder): Memory | null {
  if (!recipe.keeps) return null;
  const decoded = decodeMemory(inputs.memory ?? new Uint8Array());
  if (decoded.ok) return decoded.memory;
  throw new Error(`What it must not forget of ${recipe.keeps.from} is lost: ${decoded.message}`);
}

export type Kept = { from?: Readonly<Record<string, NamedTensor>>; keep?: Keep };

/** Weights to begin with and what must not be forgotten; nothing: it begins a line of its own. */
export function keptOf(order: BeginOrder): Kept {
  const memory = memoryOf(order);
  return memory && order.recipe.keeps ? startFrom(memory, order.recipe.keeps) : {};
}

/** Episodes by which a version is judged in each task, and ticks after which they are cut. */
const JUDGED = { episodes: 32, stepsMax: 2000 };

export type TakeOptions = {
  readonly trainee: Trainee;
  readonly order: BeginOrder;
  readonly opponents?: readonly Policy[]; // whom it learns against
};

/** Remembers its task, and judges it in every task of its line, against the bot where there are two teams. */
export async function takeVersion(compute: Compute, o: TakeOptions): Promise<TakenVersion> {
  const { trainee, order } = o;
  const { environment, steps } = trainee;
  const seed = (order.recipe.seed + steps) >>> 0;
  const before = memoryOf(order);
  const network = await trainee.policyNetwork();
  // Who decides less often than the run cannot play in its worlds; then it plays itself.
  const opponents = (o.opponents ?? []).filter(
    ({ ticksPerAction = 1 }) => network.ticksPerAction % ticksPerAction === 0,
  );
  const memory = await rememberTask(compute, { trainee, before, seed, opponents });
  const all = [...order.tasks.map(environmentOf), environment];
  const tasks = new Map(all.map((task) => [task.id, task]));
  const scores: TakenVersion['scores'] = [];
  for (const task of tasks.values()) {
    const bot = task.agentCount > 1 ? botFor(task) : null;
    // A clone of a person decides in every tick; against the bot it does as often as the bot.
    const botTicks = bot?.ticksPerAction ?? 1;
    const ticksPerAction = botTicks * Math.ceil(network.ticksPerAction / botTicks);
    const policy = policyOf({ ...network, environment: task.id, ticksPerAction });
    const played = { environment: task, policy, seed, ...JUDGED, opponents: bot ? [bot] : [] };
    scores.push({ task: task.id, ...statisticsOf(await returnsOf(compute, played)) });
  }
  return {
    task: environment.id,
    steps,
    memory: encodeMemory(memory),
    policy: encodePolicy(network),
    scores,
  };
}

function statisticsOf(returns: readonly number[]) {
  const episodes = returns.length;
  const mean = returns.reduce((sum, one) => sum + one, 0) / episodes;
  const squares = returns.reduce((sum, one) => sum + (one - mean) ** 2, 0);
  return { mean, error: Math.sqrt(squares / Math.max(episodes - 1, 1) / episodes), episodes };
}

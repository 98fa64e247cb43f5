/**
 * Where text from strangers runs: checks it, steps one world of it, or trains on it. Its loops have a
 * budget; whatever else keeps it busy, the page ends it.
 */
import { disposal } from '../app/disposal.ts';
import { compileToWasm, openCompute } from '@dreampitch/compute';
import {
  encodePlayer,
  environmentOptions,
  environmentTask,
  EvolutionTrainer,
} from '@dreampitch/learning';
import { checkEnvironment, parseEnvironment, problemOf } from '@dreampitch/sim';
import type { Environment, FileProblem } from '@dreampitch/sim';
import { actionForm, LiveWorld, seenBy } from './live-world.ts';
import type { News, Order } from './protocol.ts';

void disposal;
const FRAME_MS = 1000 / 60;
const STEPS_PER_FRAME_MAX = 20;
const PLAYER_MS = 2000; // so often the latest player is sent

const asked = { stop: false };
let world: LiveWorld | null = null;

const clock = () => performance.now() / 1000;

function tell(news: News): void {
  postMessage(news);
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

async function check({ text, ticket }: Extract<Order, { type: 'check' }>): Promise<void> {
  const parsed = parseEnvironment(text);
  if (!parsed.ok) return tell({ type: 'checked', ticket, problems: parsed.problems, findings: [] });
  const { environment } = parsed;
  const { wgsl, constants, loopBudget } = environment;
  try {
    actionForm(environment);
    compileToWasm(wgsl, { constants, interleaved: ['worlds'], loopBudget });
    const findings = await checkEnvironment(environment);
    // A loop that was stopped is an error at its line; the other findings may come of it.
    const line = /^The loop in line (\d+)/.exec(findings[0] ?? '')?.[1];
    const stopped = line !== undefined && { line: Number(line), column: 1, message: findings[0]! };
    if (stopped) return tell({ type: 'checked', ticket, problems: [stopped], findings: [] });
    tell({ type: 'checked', ticket, ...sorted(findings) });
  } catch (error) {
    tell({ type: 'checked', ticket, problems: [problemOf(error, text)], findings: [] });
  }
}

/** What a test run says of a line is marked there; the rest is shown as it is. */
function sorted(sentences: readonly string[]): { problems: FileProblem[]; findings: string[] } {
  const problems: FileProblem[] = [];
  const findings: string[] = [];
  for (const sentence of sentences) {
    const found = /^Line (\d+): (.*)$/s.exec(sentence);
    if (found) problems.push({ line: Number(found[1]), column: 1, message: found[2]! });
    else findings.push(sentence);
  }
  return { problems, findings };
}

function environmentOf(text: string): Environment {
  const parsed = parseEnvironment(text);
  if (parsed.ok) return parsed.environment;
  const { message, ...at } = parsed.problems[0]!;
  throw Object.assign(new Error(message), at);
}

async function watch(order: Extract<Order, { type: 'watch' }>): Promise<void> {
  const environment = environmentOf(order.text);
  const seed = crypto.getRandomValues(new Uint32Array(1))[0]!;
  using live = await LiveWorld.create(environment, { seed, player: order.player });
  live.driver = order.driver;
  live.action = order.action;
  world = live;
  tell({ type: 'watching', action: actionForm(environment), seen: seenBy(environment) });
  const stepMs = environment.tickSeconds * 1000;
  let due = performance.now();
  while (!asked.stop) {
    let steps = 0;
    let frame = null;
    while (due <= performance.now() && steps++ < STEPS_PER_FRAME_MAX) {
      frame = live.step();
      due += stepMs;
    }
    if (frame) tell({ type: 'frame', frame });
    due = Math.max(due, performance.now() - stepMs); // never in a hurry after a pause
    await pause(Math.max(FRAME_MS, due - performance.now()));
  }
}

async function train({ text, seed }: Extract<Order, { type: 'train' }>): Promise<void> {
  const environment = environmentOf(text);
  using compute = await openCompute();
  const task = environmentTask(environment);
  const options = environmentOptions(environment);
  using trainer = await EvolutionTrainer.create(compute, { task, seed, options, clock });
  tell({ type: 'opened', device: compute.device, worldCount: trainer.worldCount });
  let sentAt = -Infinity;
  const send = async () => {
    tell({ type: 'player', bytes: encodePlayer(await trainer.player(environment.id)) });
    sentAt = performance.now();
  };
  while (!asked.stop) {
    tell({ type: 'generation', report: await trainer.generation() });
    if (performance.now() - sentAt >= PLAYER_MS) await send();
    await pause(0); // lets messages in
  }
  await send();
  tell({ type: 'stopped' });
}

addEventListener('message', (event: MessageEvent<Order>) => {
  const order = event.data;
  const fail = (error: unknown) => {
    const text = 'text' in order ? order.text : '';
    tell({ type: 'failed', problem: problemOf(error, text) });
  };
  switch (order.type) {
    case 'check':
      return void check(order);
    case 'watch':
      return void watch(order).catch(fail);
    case 'drive':
      if (world) Object.assign(world, { driver: order.driver, action: order.action });
      return;
    case 'train':
      return void train(order).catch(fail);
    case 'stop':
      asked.stop = true;
      return;
    default:
      throw new Error(`unreachable: ${String(order satisfies never)}`);
  }
});

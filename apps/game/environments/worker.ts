/**
 * Where text from strangers runs: checks it, or steps one world of it. Its loops have a budget;
 * whatever else keeps it busy, the page ends it.
 */
import { disposal } from '../app/disposal.ts';
import {
  checkEnvironment,
  environmentProblems,
  parseEnvironment,
  problemOf,
} from '@dreampitch/sim';
import type { Environment } from '@dreampitch/sim';
import { actionFormOf } from './action-form.ts';
import { LiveWorld } from './live-world.ts';
import type { News, Order } from './protocol.ts';

void disposal;
const FRAME_MS = 1000 / 60;
const STEPS_PER_FRAME_MAX = 20;

let world: LiveWorld | null = null;

function tell(news: News): void {
  postMessage(news);
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

async function check({ text, ticket }: Extract<Order, { type: 'check' }>): Promise<void> {
  const problems = environmentProblems(text);
  const parsed = parseEnvironment(text);
  if (problems.length > 0 || !parsed.ok) {
    return tell({ type: 'checked', ticket, problems, findings: [] });
  }
  try {
    actionFormOf(parsed.environment);
    const findings = await checkEnvironment(parsed.environment);
    // A loop that was stopped is an error at its line; the other findings may come of it.
    const line = /^The loop in line (\d+)/.exec(findings[0] ?? '')?.[1];
    const stopped = line !== undefined && { line: Number(line), column: 1, message: findings[0]! };
    if (stopped) return tell({ type: 'checked', ticket, problems: [stopped], findings: [] });
    tell({ type: 'checked', ticket, problems: [], findings });
  } catch (error) {
    tell({ type: 'checked', ticket, problems: [problemOf(error, text)], findings: [] });
  }
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
  using live = await LiveWorld.create(environment, { seed, policy: order.policy });
  live.driver = order.driver;
  live.action = order.action;
  world = live;
  const { shown, refusal } = live;
  tell({ type: 'watching', form: actionFormOf(environment), shown, refusal });
  const stepMs = environment.tickSeconds * 1000;
  let due = performance.now();
  for (;;) {
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
    default:
      throw new Error(`unreachable: ${String(order satisfies never)}`);
  }
});

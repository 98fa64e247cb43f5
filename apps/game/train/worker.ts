/**
 * The training Worker of one run: opens compute, learns iteration by iteration, and sends what it
 * knows and checkpoints until its goal is reached or it is told to pause. Whoever started it keeps
 * what it sends.
 */
import { disposal } from '../app/disposal.ts';
import type { Compute, WasmCompute } from '@dreampitch/compute';
import { DeviceLostError, openCompute, openWasm } from '@dreampitch/compute';
import { encodeSafetensors } from '@dreampitch/learning';
import { Database } from '../storage/database.ts';
import { storageWords } from '../storage/failure.ts';
import { keepVersionOf } from '../storage/histories.ts';
import type { Recording, RunPoint, RunRecipe, TakenVersion } from '../storage/run-rows.ts';
import { learnedPolicy } from '../storage/learned-policy.ts';
import { type Learner, openLearner, RefusedError } from './learner.ts';
import { Pace } from './pace.ts';
import type { BeginOrder, News, Order } from './protocol.ts';
import { recordEpisode } from './recording.ts';
import { environmentOf, nameOf } from './run-environment.ts';

void disposal;
/** The first ones soon, to come back to and to watch; later at most so much is lost. */
const CHECKPOINT_MS = [0, 1000, 3000, 10_000];
const TELL_MS = 100;

const asked = { pause: false, record: false, version: false };

function tell(news: News, transfer: Transferable[] = []): void {
  postMessage(news, { transfer });
}

/** Lets messages in: an iteration on WASM never leaves the microtask queue. */
function breathe(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** Has what it learned play an episode now and then; strict and single-threaded, to be replayed. */
class Recorder implements Disposable {
  readonly #order: BeginOrder;
  #compute: WasmCompute | null = null;

  constructor(order: BeginOrder) {
    this.#order = order;
  }

  async record(learner: Learner): Promise<Recording> {
    const { recipe } = this.#order;
    this.#compute ??= await openWasm({ threadCount: 1, sharedMemory: false });
    return recordEpisode(this.#compute, {
      environment: environmentOf(recipe.environment),
      policy: learnedPolicy(await learner.policy()),
      seed: (recipe.seed + learner.steps) >>> 0,
      trainedSteps: learner.steps,
    });
  }

  [Symbol.dispose](): void {
    this.#compute?.[Symbol.dispose]();
  }
}

/** What was learned since it was told last. */
class Notes {
  readonly #learner: Learner;
  readonly #pace: Pace;
  #points: RunPoint[] = [];
  #since = performance.now();

  constructor(learner: Learner) {
    this.#learner = learner;
    this.#pace = new Pace({ steps: learner.steps, at: this.#since });
  }

  add(point: RunPoint, compute: Compute): void {
    this.#points.push(point);
    if (performance.now() - this.#since >= TELL_MS) this.tell(compute);
  }

  tell(compute: Compute): void {
    const last = this.#points.at(-1);
    if (!last) return;
    const now = performance.now();
    const stepsPerSecond = this.#pace.after({ steps: last.steps, at: now });
    const memoryBytes = compute.arena.bytes;
    const { league } = this.#learner;
    tell({ type: 'points', points: this.#points, stepsPerSecond, memoryBytes, league });
    this.#points = [];
    this.#since = now;
  }
}

async function keep({ run, recipe }: BeginOrder, taken: TakenVersion) {
  if (run.id < 0) throw new Error('This browser gives the page no storage to keep it in.');
  const database = new Database();
  try {
    const { algorithm } = recipe;
    return await keepVersionOf(database, { run, algorithm, taken, when: Date.now() });
  } catch (error) {
    throw new Error(storageWords(error, 'the version'), { cause: error });
  } finally {
    database.close();
  }
}

/** By it this page sets up a run that begins with these weights. */
function metadataOf({ environment, algorithm, options }: RunRecipe, steps: number) {
  const numbers = JSON.stringify(options);
  return { environment: nameOf(environment), algorithm, options: numbers, steps: String(steps) };
}

class Training implements Disposable {
  readonly #order: BeginOrder;
  readonly #compute: Compute;
  readonly #learner: Learner;
  readonly #recorder: Recorder;
  readonly #notes: Notes;
  #seconds: number;

  constructor(order: BeginOrder, compute: Compute, learner: Learner) {
    this.#order = order;
    this.#compute = compute;
    this.#learner = learner;
    this.#recorder = new Recorder(order);
    this.#notes = new Notes(learner);
    this.#seconds = order.secondsBefore;
  }

  async run(): Promise<void> {
    if (this.#order.takesVersion) return this.#takeVersion();
    let savedAt = performance.now();
    let saves = 0;
    while (!asked.pause && !this.#isDone) {
      await this.#iterate();
      if (asked.record) await this.#record();
      if (asked.version) await this.#takeVersion();
      if (
        performance.now() - savedAt >=
        CHECKPOINT_MS[Math.min(saves, CHECKPOINT_MS.length - 1)]!
      ) {
        await this.#save('more');
        savedAt = performance.now();
        saves++;
      }
      await breathe();
    }
    // What it came to is worth a version.
    if (asked.version || (this.#isDone && this.#learner.version)) await this.#takeVersion();
    await this.#save(this.#isDone ? 'finished' : 'paused');
  }

  async #iterate(): Promise<void> {
    const begun = performance.now();
    const { steps, values } = await this.#learner.iteration();
    this.#seconds += (performance.now() - begun) / 1000;
    this.#notes.add({ steps, seconds: this.#seconds, values }, this.#compute);
  }

  get #isDone(): boolean {
    const { goalSeconds } = this.#order.recipe;
    return this.#learner.isDone || (goalSeconds !== null && this.#seconds >= goalSeconds);
  }

  async #record(): Promise<void> {
    asked.record = false;
    tell({ type: 'recorded', recording: await this.#recorder.record(this.#learner) });
  }

  /** Where it fails, training goes on all the same. */
  async #takeVersion(): Promise<void> {
    asked.version = false;
    try {
      if (!this.#learner.version) throw new Error('Only PPO and behaviour cloning keep versions.');
      const taken = await this.#learner.version();
      tell({ type: 'version', history: await keep(this.#order, taken) });
    } catch (error) {
      tell({ type: 'no-version', message: (error as Error).message });
    }
  }

  async #save(ending: 'more' | 'paused' | 'finished'): Promise<void> {
    this.#notes.tell(this.#compute);
    const recording = await this.#recorder.record(this.#learner);
    const { steps, league, matches } = this.#learner;
    const kept = {
      bytes: await this.#learner.checkpoint(),
      policy: await this.#learner.policy(),
      tensors: encodeSafetensors({
        tensors: await this.#learner.weights(),
        metadata: metadataOf(this.#order.recipe, steps),
      }),
    };
    const transfer = Object.values(kept).map((bytes) => bytes.buffer);
    const is = { steps, seconds: this.#seconds, matches, recording, league, ending };
    tell({ type: 'checkpoint', ...kept, ...is }, transfer);
  }

  [Symbol.dispose](): void {
    this.#recorder[Symbol.dispose]();
  }
}

async function begin(order: BeginOrder): Promise<void> {
  const { target, threadCount } = order;
  // Asked for by name, a software adapter will do as well.
  const allowSoftwareAdapter = target === 'webgpu';
  using compute = await openCompute({ target, threadCount, allowSoftwareAdapter });
  using learner = await openLearner(compute, order);
  tell({ type: 'opened', device: compute.device, worldCount: learner.worldCount });
  using training = new Training(order, compute, learner);
  await training.run();
}

function reasonOf(error: unknown): 'refused' | 'lost' | 'other' {
  if (error instanceof RefusedError) return 'refused';
  return error instanceof DeviceLostError ? 'lost' : 'other';
}

addEventListener('message', (event: MessageEvent<Order>) => {
  const order = event.data;
  switch (order.type) {
    case 'begin':
      begin(order).catch((error: unknown) => {
        const message = error instanceof Error ? error.message : String(error);
        tell({ type: 'failed', reason: reasonOf(error), message });
      });
      return;
    case 'pause':
      asked.pause = true;
      return;
    case 'record':
      asked.record = true;
      return;
    case 'take-version':
      asked.version = true;
      return;
    default:
      throw new Error(`unreachable: ${String(order satisfies never)}`);
  }
});

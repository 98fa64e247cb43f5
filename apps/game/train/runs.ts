/** All training runs of this page: what is kept of them, and which of them have their turn. */
import { liveQuery } from 'dexie';
import { Store } from '../app/store.ts';
import { storageWords } from '../storage/failure.ts';
import type { Library } from '../storage/library.ts';
import { newRunRow, type RunInputs, type RunRecipe, type RunRow } from '../storage/run-rows.ts';
import * as storage from '../storage/runs.ts';
import { Run } from './run.ts';
import { goesOn, isActive, shareDone, stateOf } from './run-view.ts';

export type RunsView = {
  readonly state: 'looking' | 'ready';
  /** Newest first. */
  readonly runs: readonly Run[];
  /** Ids of rows that are not what was written: they can only be deleted. */
  readonly damaged: readonly number[];
  readonly problem: string | null;
};

export type NewRun = {
  readonly name: string;
  readonly inputs: RunInputs;
  /** The version that it goes on from; null: it has none. */
  readonly history: RunRow['history'];
};

/** So many worlds keep every core busy; fewer are one thread's work. */
const WORLDS_OF_ALL_CORES = 256;

export function coreCount(): number {
  return Math.max(1, navigator.hardwareConcurrency || 1);
}

/** Threads that a run uses: the evolution strategy and large batches of worlds take all cores. */
function threadsFor({ algorithm, options }: RunRecipe): number {
  const large = Number(options['worldCount']) >= WORLDS_OF_ALL_CORES;
  return algorithm === 'evolution' || large ? coreCount() : 1;
}

/** `?device=webgpu` takes a software adapter too, `?device=wasm` none at all. */
function wantedTarget(): 'auto' | 'webgpu' | 'wasm' {
  const wanted = new URLSearchParams(location.search).get('device');
  return wanted === 'webgpu' || wanted === 'wasm' ? wanted : 'auto';
}

export class Runs {
  readonly view = new Store<RunsView>({ state: 'looking', runs: [], damaged: [], problem: null });
  readonly #library: Library;
  #queue: Run[] = []; // of those that wait for their turn
  #unkept = 0;

  constructor(library: Library) {
    this.#library = library;
    liveQuery(() => storage.listRuns(library.database)).subscribe({
      next: (kept) => this.#follow(kept),
      // Without storage there is no run to find; new ones live as long as the page.
      error: () => this.view.set({ state: 'ready' }),
    });
  }

  /** Storage has other rows than before, of this tab or of another. */
  #follow({ runs: rows, damaged }: Awaited<ReturnType<typeof storage.listRuns>>): void {
    const known = new Map(this.view.value.runs.map((run) => [run.id, run]));
    const kept = rows.map((row) => {
      const run = known.get(row.id);
      void run?.follow(row);
      return run ?? this.#create(row);
    });
    const ids = new Set(kept.map(({ id }) => id));
    for (const run of known.values()) if (run.id > 0 && !ids.has(run.id)) run.end();
    const unkept = this.view.value.runs.filter(({ id }) => id < 0);
    this.view.set({ state: 'ready', runs: [...unkept, ...kept], damaged });
    for (const run of kept) void this.#goOn(run);
    // A run that another tab deleted leaves its turn to the next.
    this.#takeTurns();
    this.#tellProgress();
  }

  #create(row: RunRow, inputs: RunInputs = storage.NO_INPUTS): Run {
    const onRest = () => this.#takeTurns();
    const run = new Run(row, { library: this.#library, inputs, onRest });
    run.threads = threadsFor(row.recipe);
    run.view.subscribe(() => this.#tellProgress());
    if (row.savedAt !== null) void run.load();
    return run;
  }

  /** A run that was under way when its page went away goes on, unless another tab has it. */
  async #goOn(run: Run): Promise<void> {
    if (isActive(run.view.value) || !goesOn(run.view.value.row)) return;
    if (await run.isElsewhere(() => void this.#goOn(run))) return;
    if (goesOn(run.view.value.row)) await this.go(run);
  }

  /** Throws in words where the recipe does not fit. */
  async start(recipe: RunRecipe, o: NewRun): Promise<Run> {
    const { name, inputs, history } = o;
    const row = newRunRow({ createdAt: Date.now(), name, recipe, history });
    let id = -++this.#unkept;
    try {
      id = await storage.addRun(this.#library.database, row, inputs);
    } catch (error) {
      this.view.set({ problem: storageWords(error, 'this run') });
    }
    const known = this.view.value.runs.find((one) => one.id === id);
    const run = known ?? this.#create({ ...row, id }, inputs);
    if (!this.view.value.runs.includes(run)) {
      this.view.set({ runs: [run, ...this.view.value.runs] });
    }
    await this.go(run);
    return run;
  }

  /** Begins or goes on as soon as there are cores for it. */
  async go(run: Run): Promise<void> {
    if (!(await run.queue())) return;
    this.#queue.push(run);
    this.#takeTurns();
  }

  /** In order: a run begins when its threads fit beside those under way, or nothing is. */
  #takeTurns(): void {
    const { runs } = this.view.value;
    // Others rest again, or were deleted.
    this.#queue = this.#queue.filter(
      (run) => runs.includes(run) && run.view.value.activity === 'queued',
    );
    for (;;) {
      const next = this.#queue[0];
      if (!next) return;
      const used = runs
        .filter((run) => ['starting', 'running', 'pausing'].includes(run.view.value.activity))
        .reduce((sum, run) => sum + run.threads, 0);
      if (used > 0 && used + next.threads > coreCount()) return;
      this.#queue.shift();
      void next.begin(wantedTarget());
    }
  }

  async delete(id: number): Promise<void> {
    const { runs, damaged } = this.view.value;
    runs.find((run) => run.id === id)?.end();
    this.view.set({
      runs: runs.filter((run) => run.id !== id),
      damaged: damaged.filter((one) => one !== id),
    });
    this.#takeTurns();
    this.#tellProgress();
    if (id < 0) return;
    try {
      await storage.deleteRun(this.#library.database, id);
    } catch (error) {
      this.view.set({ problem: storageWords(error, 'the change') });
    }
  }

  /** The bar under the link: the run that is furthest from its goal, of those under way. */
  #tellProgress(): void {
    const shares = this.view.value.runs
      .map((run) => run.view.value)
      .filter((view) => ['running', 'pausing'].includes(stateOf(view)))
      .map(shareDone);
    this.#library.view.set({ trained: shares.length > 0 ? Math.min(...shares) : null });
  }
}

let all: Runs | null = null;

/** The page's runs; found again whenever the panel opens. */
export function runsOf(library: Library): Runs {
  all ??= new Runs(library);
  return all;
}

/** The run that is being set up: what the form shows, from where it is asked for. */
import type { Options } from '@dreampitch/learning';
import type { Environment } from '@dreampitch/sim';
import { Store } from '../app/store.ts';
import { navigate } from '../app/use-route.ts';
import type { RunEnvironment, RunRecipe, RunRow } from '../storage/run-rows.ts';
import { isRecipe } from '../storage/runs.ts';
import { type AlgorithmChoice, choiceOf, CHOICES } from './algorithms.ts';
import { environmentOf, nameOf } from './run-environment.ts';

export type Draft = {
  readonly environment: RunEnvironment;
  readonly algorithm: string;
  /** A person chose the algorithm: another environment does not change it, where it fits. */
  readonly isChosen: boolean;
  /** As the fields have them; numbers as text, while they are written. */
  readonly fields: Readonly<Record<string, string | boolean>>;
  readonly minutes: number;
  readonly playerId: number | null;
  readonly name: string; // '': what it trains
  readonly seed: string; // '': any
  /** The run that it began as a copy of. */
  readonly copyOf: string | null;
};

const SOCCER: RunEnvironment = { kind: 'listed', id: 'soccer-1v1' };
const MINUTES = 3;

export const draft = new Store<Draft>(fresh(SOCCER));

/** What fits the environment, with what is known to work for it. */
function fresh(environment: RunEnvironment, wanted?: string): Draft {
  const found = knownEnvironment(environment);
  const fits = CHOICES.filter((one) => found && one.whyNot(found) === null);
  const table = fits.find(({ id }) => id === 'q-learning'); // where there is one it is the quickest
  const other = table ?? fits.find(({ byTime }) => !byTime) ?? fits[0];
  const best = isSoccer(environment) ? fits[0] : other;
  const choice = fits.find(({ id }) => id === wanted) ?? best ?? CHOICES[0]!;
  return {
    environment,
    algorithm: choice.id,
    isChosen: choice.id === wanted,
    fields: found ? fieldsOf(choice.defaultsFor(found)) : {},
    minutes: MINUTES,
    playerId: null,
    name: '',
    seed: '',
    copyOf: null,
  };
}

function isSoccer(environment: RunEnvironment): boolean {
  return environment.kind === 'listed' && environment.id.startsWith('soccer-');
}

/** Null: it cannot be used any more; the form says so. */
export function knownEnvironment(environment: RunEnvironment): Environment | null {
  try {
    return environmentOf(environment);
  } catch {
    return null;
  }
}

function fieldsOf(options: Options): Draft['fields'] {
  const fields = Object.entries(options).map(([name, value]) => {
    if (typeof value === 'boolean') return [name, value];
    return [name, typeof value === 'number' ? String(value) : value.join(', ')];
  });
  return Object.fromEntries(fields) as Draft['fields'];
}

export function chooseEnvironment(environment: RunEnvironment): void {
  const { algorithm, isChosen, name, seed, minutes } = draft.value;
  const wanted = isChosen ? algorithm : undefined;
  draft.set({ ...fresh(environment, wanted), name, seed, minutes });
}

export function chooseAlgorithm(id: string): void {
  const { environment, name, seed, minutes } = draft.value;
  draft.set({ ...fresh(environment, id), name, seed, minutes });
}

/** Sets up a run on an environment that a person wrote, whose text it keeps as it is now. */
export function newRunOn(own: { name: string; text: string }): void {
  draft.set(fresh({ kind: 'own', ...own }));
  navigate({ panel: 'train', of: 'new' });
}

/** Sets up a run like this one, to be changed. */
export function newRunLike({ recipe, name }: Pick<RunRow, 'recipe' | 'name'>): void {
  const { environment, algorithm, options, seed, goalSeconds, playerId } = recipe;
  const base = fresh(environment, algorithm);
  draft.set({
    ...base,
    fields: { ...base.fields, ...fieldsOf(options) },
    minutes: goalSeconds === null ? MINUTES : Math.max(1, Math.round(goalSeconds / 60)),
    playerId,
    seed: String(seed),
    isChosen: false,
    name: `${name} changed`,
    copyOf: name,
  });
  navigate({ panel: 'train', of: 'new' });
}

/** Sets up a run from a file that was exported. Throws in words where it is none. */
export function newRunFrom(text: string): void {
  let file: { name?: unknown; recipe?: unknown };
  try {
    file = JSON.parse(text) as typeof file;
  } catch {
    throw new Error('This file is no run: it is not JSON.');
  }
  const { name, recipe } = file ?? {};
  if (!isRecipe(recipe)) throw new Error('This file is no run: it has no recipe.');
  newRunLike({ recipe, name: typeof name === 'string' ? name : nameOf(recipe.environment) });
}

export function newRun(): void {
  if (draft.value.copyOf !== null) draft.set(fresh(draft.value.environment));
  navigate({ panel: 'train', of: 'new' });
}

/** What is wrong with a field, in words, by its name; none: the draft can be started. */
export function problemsOf({ fields }: Draft, choice: AlgorithmChoice): Record<string, string> {
  const problems: Record<string, string> = {};
  for (const [name, option] of Object.entries(choice.options)) {
    if (option.kind === 'boolean') continue;
    const { low, high, kind } = option;
    const numbers = numbersIn(fields[name]);
    const fits = (one: number) =>
      one >= low && one <= high && (kind === 'number' || Number.isInteger(one));
    const counted = kind === 'sizes' || numbers.length === 1;
    if (counted && numbers.every(fits)) continue;
    const what =
      kind === 'number' ? 'a number' : kind === 'sizes' ? 'whole numbers' : 'a whole number';
    problems[name] = `Want ${what} from ${low} to ${high}.`;
  }
  return problems;
}

function numbersIn(field: string | boolean | undefined): number[] {
  const parts = String(field ?? '').split(/[\s,;]+/);
  return parts.filter((part) => part !== '').map(Number);
}

export function optionsOf({ fields }: Draft, choice: AlgorithmChoice): Options {
  const values = Object.entries(choice.options).map(([name, { kind }]) => {
    if (kind === 'boolean') return [name, fields[name] === true];
    const numbers = numbersIn(fields[name]);
    return [name, kind === 'sizes' ? numbers : numbers[0]!];
  });
  return Object.fromEntries(values) as Options;
}

const U32 = 2 ** 32;

/** The recipe of a draft without problems; `anySeed` is for one that names none. */
export function recipeOf(value: Draft, anySeed: number): RunRecipe {
  const choice = choiceOf(value.algorithm)!;
  const seed = value.seed.trim() === '' ? anySeed : Number(value.seed);
  return {
    environment: value.environment,
    algorithm: value.algorithm,
    options: optionsOf(value, choice),
    seed: Math.floor(Math.abs(seed)) % U32,
    goalSeconds: choice.byTime ? value.minutes * 60 : null,
    playerId: choice.byTime ? value.playerId : null,
  };
}

/** 'PPO CartPole-v1', with a number where there is one of that name. */
export function nameFor(value: Draft, taken: readonly string[]): string {
  const algorithm = choiceOf(value.algorithm)?.short ?? value.algorithm;
  const wanted = value.name.trim() || `${algorithm} ${nameOf(value.environment)}`;
  if (!taken.includes(wanted)) return wanted;
  for (let n = 2; ; n++) {
    const numbered = `${wanted} ${n}`;
    if (!taken.includes(numbered)) return numbered;
  }
}

/** The run that is being set up: what the form shows, from where it is asked for. */
import type { Memory, Options } from '@dreampitch/learning';
import { decodeMemory, KEEP_DEFAULTS, LEAGUE_OPTIONS, whyNotGoOn } from '@dreampitch/learning';
import type { Environment } from '@dreampitch/sim';
import { Store } from '../app/store.ts';
import { navigate } from '../app/use-route.ts';
import type {
  RunEnvironment,
  RunInputs,
  RunOpponents,
  RunRecipe,
  RunRow,
} from '../storage/run-rows.ts';
import { lackOf } from '../storage/recipe.ts';
import { NO_INPUTS, runName } from '../storage/runs.ts';
import { type AlgorithmChoice, choiceOf, CHOICES, hasOpponents } from './algorithms.ts';
import { environmentOf, nameOf } from './run-environment.ts';
import { type Fields, fieldsOf, numbersIn, optionsOf, problemsOf, usual } from './fields.ts';
import { decodeRunFile } from './run-file.ts';
import {
  type Fit,
  fitOf,
  fitOfStart,
  type Start,
  startOfCopy,
  type WeightsFile,
} from './starts.ts';

/** Whom it is to play against. */
export type Rival = {
  readonly id: number; // of the kept player; 0: of a copied run
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>; // for learnedPolicy
};

/** The version that a run goes on from, and how hard it keeps what that could do. */
export type GoingOn = {
  readonly from: string; // in words
  readonly version: string; // its id
  readonly line: number | null; // the history that it is in; null: of a file
  readonly memory: Memory;
  readonly bytes: Uint8Array<ArrayBuffer>; // of the memory
  readonly fields: Fields; // of KEEP_OPTIONS
};

export type Draft = {
  readonly environment: RunEnvironment;
  readonly algorithm: string;
  /** A person chose the algorithm: another environment does not change it, where it fits. */
  readonly isChosen: boolean;
  /** As the fields have them; numbers as text, while they are written. */
  readonly fields: Fields;
  readonly minutes: number;
  /** What a person wants it to begin with, and that; null: it is not read yet, or could not be. */
  readonly source: Start['source'] | 'nothing';
  readonly start: Start | null;
  /** The reading under way: one that another draft began says nothing to this one. */
  readonly reading: symbol | null;
  readonly usesMatches: boolean;
  readonly opponents: RunOpponents['kind'];
  readonly rival: Rival | null; // of opponents 'player'
  readonly league: Fields; // of opponents 'league'
  /** Null: it begins a line of its own. */
  readonly goingOn: GoingOn | null;
  readonly name: string; // '': what it trains
  readonly seed: string; // '': any
  /** The run that it began as a copy of. */
  readonly copyOf: string | null;
};

/** It begins with random weights. */
export const NO_START = { source: 'nothing', start: null, reading: null } as const;

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
    ...NO_START,
    usesMatches: false,
    opponents: 'scripted',
    rival: null,
    league: fieldsOf(usual(LEAGUE_OPTIONS)),
    goingOn: null,
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

export function chooseEnvironment(environment: RunEnvironment): void {
  const { algorithm, isChosen } = draft.value;
  const wanted = isChosen ? algorithm : undefined;
  draft.set({ ...fresh(environment, wanted), ...chosenIn(draft.value), rival: null });
}

export function chooseAlgorithm(id: string): void {
  draft.set({ ...fresh(draft.value.environment, id), ...chosenIn(draft.value) });
}

/** What a person chose that another environment or algorithm does not change. */
function chosenIn(value: Draft) {
  const { name, seed, minutes, source, start, reading, usesMatches } = value;
  const { opponents, rival, league, goingOn } = value;
  const begins = { source, start, reading, usesMatches, goingOn };
  return { name, seed, minutes, ...begins, opponents, rival, league };
}

/** Sets up a run on an environment that a person wrote, whose text it keeps as it is now. */
export function newRunOn(own: { name: string; text: string }): void {
  draft.set(fresh({ kind: 'own', ...own }));
  navigate({ panel: 'train', of: 'new' });
}

/**
 * Sets up a run like this one, to be changed. Throws in words where its inputs are damaged, or are not
 * there: without them it would become another run.
 */
export function newRunLike(
  { recipe, name, history }: Pick<RunRow, 'recipe' | 'name' | 'history'>,
  o: RunInputs,
): void {
  const lack = lackOf(recipe, o);
  if (lack) throw new Error(`${lack}, which is not kept any more: set up a new run instead.`);
  const { environment, algorithm, options, seed, goalSeconds, usesMatches, opponents } = recipe;
  const base = fresh(environment, algorithm);
  const start =
    recipe.start !== null && o.start
      ? startOfCopy(recipe.start, { bytes: o.start, algorithm })
      : null;
  const rival =
    opponents.kind === 'player' && o.opponent
      ? { id: 0, name: opponents.name, bytes: o.opponent }
      : null;
  const { keeps } = recipe;
  const goingOn =
    keeps && o.memory
      ? goingOnFrom(o.memory, { ...keeps, line: history?.id ?? null, strengths: keeps })
      : null;
  draft.set({
    ...base,
    goingOn,
    fields: { ...base.fields, ...fieldsOf(options) },
    minutes: goalSeconds === null ? MINUTES : Math.max(1, Math.round(goalSeconds / 60)),
    source: start ? 'copy' : 'nothing',
    start,
    usesMatches,
    opponents: opponents.kind === 'player' && !rival ? 'scripted' : opponents.kind,
    rival,
    league: { ...base.league, ...(opponents.kind === 'league' && fieldsOf(opponents.options)) },
    seed: String(seed),
    isChosen: false,
    name: runName(name, ' changed'),
    copyOf: name,
  });
  navigate({ panel: 'train', of: 'new' });
}

type From = {
  readonly from: string;
  readonly version: string;
  readonly line: number | null;
  readonly strengths?: { readonly consolidation: number; readonly rehearsal: number };
};

/** Throws in words where the memory cannot be read. */
function goingOnFrom(bytes: Uint8Array<ArrayBuffer>, o: From): GoingOn {
  const decoded = decodeMemory(bytes);
  if (!decoded.ok) throw new Error(`The memory of ${o.from} cannot be read: ${decoded.message}`);
  const { from, version, line } = o;
  const { consolidation, rehearsal } = o.strengths ?? KEEP_DEFAULTS;
  const fields = fieldsOf({ consolidation, rehearsal });
  return { from, version, line, memory: decoded.memory, bytes, fields };
}

type VersionFrom = {
  readonly from: string; // in words
  readonly version: string;
  readonly memory: Uint8Array<ArrayBuffer>;
  readonly opponent: RunInputs['opponent']; // of the run that it is a version of
};

/** Sets up a run that goes on from a version of this one, with another task. Throws in words. */
export function newRunFromVersion(row: RunRow, o: VersionFrom): void {
  const { from, version, memory, opponent } = o;
  const goingOn = goingOnFrom(memory, { from, version, line: row.history?.id ?? null });
  const recipe = { ...row.recipe, keeps: null, start: null };
  newRunLike({ ...row, recipe }, { ...NO_INPUTS, opponent });
  draft.set({ goingOn, copyOf: null, name: '', seed: '', isChosen: true });
}

/** Sets up a run from a file that was exported. Throws in words where it is none. */
export function newRunFrom(text: string): void {
  const { name, recipe, inputs } = decodeRunFile(text);
  const lack = lackOf(recipe, inputs);
  if (lack) throw new Error(`${lack}, which is not in this file: export the run again.`);
  newRunLike({ recipe, name: name ?? nameOf(recipe.environment), history: null }, inputs);
}

/** Sets up a run that begins with the weights of a file, as far as the file says what they are of. */
export function newRunWith({ start, metadata }: WeightsFile): void {
  const { environment: id = '', algorithm, options = '{}' } = metadata;
  const listed = knownEnvironment({ kind: 'listed', id });
  const environment = listed ? { kind: 'listed' as const, id } : draft.value.environment;
  const base = fresh(environment, algorithm);
  const fits = base.algorithm === algorithm;
  let known: Fields = {};
  try {
    known = fits ? fieldsOf(JSON.parse(options) as Options) : {};
  } catch {
    // Written by others: the numbers are the usual ones.
  }
  const fields = Object.keys(base.fields).map((name) => [name, known[name] ?? base.fields[name]]);
  draft.set({ ...base, fields: Object.fromEntries(fields) as Fields, source: 'file', start });
  navigate({ panel: 'train', of: 'new' });
}

export function newRun(): void {
  if (draft.value.copyOf !== null || draft.value.goingOn) draft.set(fresh(draft.value.environment));
  navigate({ panel: 'train', of: 'new' });
}

/** Whether it can go on from its version with this task; null: it begins a line of its own. */
export function goingOnFit(value: Draft, choice: AlgorithmChoice): Fit | null {
  const environment = knownEnvironment(value.environment);
  const { goingOn } = value;
  if (!goingOn || !environment || choice.whyNot(environment) !== null) return null;
  const problem = choice.keeps
    ? whyNotGoOn(goingOn.memory, environment)
    : `${choice.name} keeps nothing; PPO and behaviour cloning do.`;
  if (problem !== null) return { ok: false, words: problem, hidden: null };
  if (Object.keys(problemsOf(value.fields, choice.options)).length > 0) return null;
  const wanted = choice.weightShapes(environment, optionsOf(value.fields, choice.options));
  const acting = Object.entries(goingOn.memory.importance);
  return fitOf(Object.fromEntries(acting.map(([name, { shape }]) => [name, shape])), wanted);
}

/** Whether what it is to begin with fits; null: it begins with random weights, or is not whole yet. */
export function startFit(value: Draft, choice: AlgorithmChoice): Fit | null {
  const environment = knownEnvironment(value.environment);
  if (!value.start || !environment || choice.whyNot(environment) !== null) return null;
  if (!offersOf(value, choice).start || value.goingOn) return null;
  if (Object.keys(problemsOf(value.fields, choice.options)).length > 0) return null;
  const wanted = choice.weightShapes(environment, optionsOf(value.fields, choice.options));
  return fitOfStart(value.start, { algorithm: choice.id, environment, wanted });
}

/** What a person chooses beside the algorithm's numbers, as far as it means something here. */
export type Offers = {
  /** Whom it plays against. */
  readonly opponents: boolean;
  /** What it does with kept matches; null: nothing. */
  readonly withMatches: string | null;
  /** It can begin with weights. */
  readonly start: boolean;
};

const NO_OFFERS: Offers = { opponents: false, withMatches: null, start: true };

export function offersOf(value: Draft, choice: AlgorithmChoice): Offers {
  const environment = knownEnvironment(value.environment);
  if (!environment || choice.whyNot(environment) !== null) {
    return NO_OFFERS;
  }
  const opponents = hasOpponents(choice, environment);
  if (Object.keys(problemsOf(value.fields, choice.options)).length > 0) {
    return { ...NO_OFFERS, opponents };
  }
  const options = optionsOf(value.fields, choice.options);
  const start = choice.byTime || Object.keys(choice.weightShapes(environment, options)).length > 0;
  // A version and examples at once no algorithm takes.
  const withMatches = value.goingOn ? null : choice.withMatches(environment, options);
  return { opponents, withMatches, start };
}

const U32 = 2 ** 32;

/** What is wrong with the seed, in words; null: nothing. */
export function seedProblemOf({ seed }: Draft): string | null {
  return Number(seed) < U32 ? null : `Want a whole number from 0 to ${U32 - 1}.`;
}

/** The recipe of a draft without problems; `anySeed` is for one that names none. */
export function recipeOf(value: Draft, anySeed: number): RunRecipe {
  const choice = choiceOf(value.algorithm)!;
  const seed = value.seed.trim() === '' ? anySeed : Number(value.seed);
  const offers = offersOf(value, choice);
  return {
    environment: value.environment,
    algorithm: value.algorithm,
    options: optionsOf(value.fields, choice.options),
    seed: Math.floor(Math.abs(seed)) % U32,
    goalSeconds: choice.byTime ? value.minutes * 60 : null,
    start: offers.start && !value.goingOn ? (value.start?.from ?? null) : null,
    usesMatches: value.usesMatches && offers.withMatches !== null,
    opponents: offers.opponents ? opponentsOf(value) : { kind: 'scripted' },
    keeps: keepsOf(value),
  };
}

function keepsOf({ goingOn }: Draft): RunRecipe['keeps'] {
  if (!goingOn) return null;
  const strength = (name: string) => numbersIn(goingOn.fields[name])[0] ?? 0;
  const [consolidation, rehearsal] = [strength('consolidation'), strength('rehearsal')];
  const { from, version } = goingOn;
  return { from, version, consolidation, rehearsal };
}

function opponentsOf({ opponents, rival, league }: Draft): RunOpponents {
  switch (opponents) {
    case 'scripted':
    case 'self':
      return { kind: opponents };
    case 'player':
      return rival ? { kind: 'player', name: rival.name } : { kind: 'scripted' };
    case 'league':
      return { kind: 'league', options: optionsOf(league, LEAGUE_OPTIONS) };
    default:
      throw new Error(`unreachable: ${String(opponents satisfies never)}`);
  }
}

/** The version that the run of a draft goes on from. */
export function historyOf({ goingOn }: Draft): RunRow['history'] {
  if (!goingOn || goingOn.line === null) return null;
  return { id: goingOn.line, version: goingOn.version };
}

/** What the run of a draft is given beside its recipe: what that names, and nothing else. */
export function inputsOf({ start, rival, goingOn }: Draft, recipe: RunRecipe): RunInputs {
  return {
    start: recipe.start === null ? null : (start?.bytes ?? null),
    opponent: recipe.opponents.kind === 'player' ? (rival?.bytes ?? null) : null,
    memory: recipe.keeps && goingOn ? goingOn.bytes : null,
  };
}

/** 'PPO CartPole-v1', with a number where there is one of that name. */
export function nameFor(value: Draft, taken: readonly string[]): string {
  const algorithm = choiceOf(value.algorithm)?.short ?? value.algorithm;
  const name = value.name.trim() || `${algorithm} ${nameOf(value.environment)}`;
  const wanted = runName(name);
  if (!taken.includes(wanted)) return wanted;
  for (let n = 2; ; n++) {
    const numbered = runName(name, ` ${n}`);
    if (!taken.includes(numbered)) return numbered;
  }
}

/**
 * An environment of one's own as one text: its WGSL, and above it lines of `//! key: value` that say
 * what WGSL cannot. The file is valid WGSL; lines of errors are lines of the file.
 */
import { layoutOf, specialise, WgslError } from '@dreampitch/compute';
import type { Environment } from './environment.ts';
import { singleAgent } from './single-agent.ts';
import singleAgentWgsl from './single-agent.wgsl';
import type { Box, Space } from './spaces.ts';

/** The first line; the number is the version of the format. */
const FIRST_LINE = '//! dreampitch environment 1';
const TEXT_LENGTH_MAX = 100_000; // characters
export const ENVIRONMENT_NAME_LENGTH_MAX = 60;
/** Iterations of all loops in one call: far more than a step needs, and over in milliseconds. */
const LOOP_BUDGET = 1_000_000;
const CHOICES_MAX = 4096;

/** Something wrong with a file, where it stands (from 1), with a cure. */
export type FileProblem = {
  readonly line: number;
  readonly column: number;
  readonly message: string;
};

export type ParsedEnvironment =
  | { readonly ok: true; readonly name: string; readonly environment: Environment }
  | { readonly ok: false; readonly problems: readonly FileProblem[] };

const NEEDED: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/\bstruct\s+State\b/, 'struct State { ... }: what a world is'],
  [/\bstruct\s+Observation\b/, 'struct Observation { ... }: what the agent sees'],
  [/\b(alias|struct)\s+Action\b/, 'alias Action = i32; (or f32, or a struct): what the agent does'],
  [/\bstruct\s+Rules\b/, 'struct Rules { stepsMax: u32, }'],
  [/\bfn\s+start\b/, 'fn start(luck: ptr<function, Luck>) -> State'],
  [
    /\bfn\s+advance\b/,
    'fn advance(state: ptr<function, State>, action: Action, luck: ptr<function, Luck>) -> Outcome',
  ],
  [/\bfn\s+look\b/, 'fn look(state: State) -> Observation'],
];

type Header = {
  name: string;
  action: string;
  observation: string | null;
  stepSeconds: number;
  rules: Record<string, number>;
  bounds: Map<string, readonly [low: number, high: number]>;
};

/** The environment that a file describes, or all that is wrong with what can be told at once. */
export function parseEnvironment(text: string): ParsedEnvironment {
  if (text.length > TEXT_LENGTH_MAX) {
    const message = `The text has ${text.length} characters; at most ${TEXT_LENGTH_MAX} are taken.`;
    return { ok: false, problems: [{ line: 1, column: 1, message }] };
  }
  const problems: FileProblem[] = [];
  const header = readHeader(text, problems);
  const code = text.replaceAll(/\/\/.*/g, '');
  const lineCount = text.trimEnd().split('\n').length;
  for (const [pattern, what] of NEEDED) {
    if (!pattern.test(code)) {
      problems.push({ line: lineCount, column: 1, message: `The text lacks ${what}.` });
    }
  }
  if (problems.length > 0) return { ok: false, problems };
  try {
    return { ok: true, name: header.name, environment: environmentOf(text, header) };
  } catch (error) {
    return { ok: false, problems: [problemOf(error, text)] };
  }
}

/** Where an error of compiling or running a file stands in it. */
export function problemOf(error: unknown, text: string): FileProblem {
  const message = error instanceof Error ? error.message : String(error);
  const lineCount = text.trimEnd().split('\n').length;
  const { line, column = 1 } = error as { line?: number; column?: number };
  if (line === undefined) return { line: 1, column: 1, message };
  const plain = message.replace(/^WGSL \d+:\d+: /, '');
  if (line <= lineCount) return { line, column, message: plain };
  const outside = `What is called around this text does not fit it: ${plain}`;
  return { line: lineCount, column: 1, message: outside };
}

function readHeader(text: string, problems: FileProblem[]): Header {
  const header: Header = {
    name: '',
    action: '',
    observation: null,
    stepSeconds: 0,
    rules: {},
    bounds: new Map(),
  };
  const lines = text.split('\n');
  if (lines[0]?.trimEnd() !== FIRST_LINE) {
    const version = /^\/\/! dreampitch environment (\d+)/.exec(lines[0] ?? '')?.[1];
    const message =
      version === undefined
        ? `This is no environment file: the first line must be '${FIRST_LINE}'.`
        : `This file has format ${version}; this page reads format 1. Open it in a newer Dreampitch.`;
    problems.push({ line: 1, column: 1, message });
    return header;
  }
  lines.forEach((line, i) => {
    if (i === 0 || !line.startsWith('//!')) return;
    const found = /^\/\/!\s*([^:]+?)\s*:\s*(.*?)\s*$/.exec(line);
    const wrong = found ? takeLine(header, found[1]!, found[2]!) : "Want '//! key: value'.";
    if (wrong !== null) problems.push({ line: i + 1, column: 1, message: wrong });
  });
  const lacking = [
    [header.name, "'//! name: ...'"],
    [header.action, "'//! action: choice 2' (or 'numbers -1 .. 1', or 'int8')"],
    [header.stepSeconds, "'//! step: 0.02' (seconds)"],
  ];
  for (const [value, line] of lacking) {
    const said = problems.some((problem) => problem.line > 1);
    if (!value && !said) problems.push({ line: 1, column: 1, message: `Below it, add ${line}.` });
  }
  return header;
}

/** What is wrong with the line; null: nothing. */
function takeLine(header: Header, key: string, value: string): string | null {
  const [word, field] = key.split(/\s+/) as [string, string?];
  switch (word) {
    case 'name':
      header.name = value.slice(0, ENVIRONMENT_NAME_LENGTH_MAX);
      return header.name === '' ? 'Give the environment a name.' : null;
    case 'action':
      header.action = value;
      return /^(choice \d+|int8|numbers \S+ \.\. \S+)$/.test(value)
        ? null
        : `An action is 'choice 2', 'numbers -1 .. 1' or 'int8', not '${value}'.`;
    case 'observation':
      header.observation = value;
      return /^choice \d+$/.test(value) ? null : `Want 'choice 16', not '${value}'.`;
    case 'step':
      header.stepSeconds = Number(value);
      return header.stepSeconds > 0 && header.stepSeconds <= 10
        ? null
        : `A step takes 0 to 10 seconds, not '${value}'.`;
    case 'rule':
      if (field === undefined || value === '' || !Number.isFinite(Number(value)))
        return "Want '//! rule stepsMax: 500'.";
      header.rules[field] = Number(value);
      return null;
    case 'bounds': {
      const range = rangeOf(value);
      if (field === undefined || range === null) return "Want '//! bounds speed: -1 .. 1'.";
      header.bounds.set(field, range);
      return null;
    }
    default:
      return `There is no '${word}' here; there are name, action, observation, step, rule, bounds.`;
  }
}

function rangeOf(value: string): readonly [low: number, high: number] | null {
  const [low, high, more] = value.split('..').map((part) => Number(part.trim() || 'none'));
  const sound = Number.isFinite(low) && Number.isFinite(high) && more === undefined;
  return sound && low! < high! ? [low!, high!] : null;
}

function choiceOf(value: string): Space {
  const count = Number(value.replace('choice ', ''));
  if (count < 1 || count > CHOICES_MAX) {
    throw new Error(`'${value}': want 1 to ${CHOICES_MAX} choices.`);
  }
  return { kind: 'discrete', count, start: 0 };
}

function environmentOf(text: string, header: Header): Environment {
  const { name, rules, stepSeconds } = header;
  const observationSpace = header.observation
    ? choiceOf(header.observation)
    : observedNumbers(text, header);
  const needed = Object.keys(layoutOf(text, 'Rules').fields);
  for (const rule of needed) {
    if (!(rule in rules)) throw new Error(`Say '//! rule ${rule}: ...': struct Rules has it.`);
  }
  for (const rule of Object.keys(rules)) {
    if (!needed.includes(rule)) throw new Error(`struct Rules has no '${rule}'; remove its line.`);
  }
  if (!needed.includes('stepsMax')) throw new Error('struct Rules needs stepsMax: u32.');
  const actionSpace = actionSpaceOf(text, header);
  return singleAgent({
    id: name,
    wgsl: `${text}\n`,
    observationSpace,
    actionSpace,
    rules,
    stepSeconds,
    loopBudget: LOOP_BUDGET,
  });
}

/** Names of a struct's numbers: 'speed', 'ranges[2]', 'place.x'. */
function numbersOf(text: string, struct: string): { name: string; type: string }[] {
  return Object.entries(layoutOf(text, struct).fields).flatMap(([name, field]) => {
    const { type, scalars } = field;
    if (scalars === 1) return [{ name, type }];
    const ending = (i: number) => (field.count === undefined ? `.${'xyzw'[i] ?? i}` : `[${i}]`);
    return Array.from({ length: scalars }, (_, i) => ({ name: name + ending(i), type }));
  });
}

function observedNumbers(text: string, { bounds }: Header): Box {
  const numbers = numbersOf(text, 'Observation');
  const whole = numbers.find(({ type }) => !/f32|vec\df/.test(type));
  if (whole) {
    throw new Error(
      `Observation.${whole.name} is ${whole.type}: make it f32, or say '//! observation: choice N' ` +
        'where it is one of N.',
    );
  }
  const names = numbers.map(({ name }) => name);
  for (const name of bounds.keys()) {
    if (!names.includes(name)) throw new Error(`Observation has no '${name}'; remove its bounds.`);
  }
  return {
    kind: 'box',
    type: 'f32',
    size: names.length,
    low: names.map((name) => bounds.get(name)?.[0] ?? Number.NEGATIVE_INFINITY),
    high: names.map((name) => bounds.get(name)?.[1] ?? Number.POSITIVE_INFINITY),
    names,
  };
}

function actionSpaceOf(text: string, { action }: Header): Space {
  if (action.startsWith('choice')) return choiceOf(action);
  const isStruct = /\bstruct\s+Action\b/.test(text);
  const names = isStruct ? numbersOf(text, 'Action').map(({ name }) => name) : ['action'];
  const size = names.length;
  if (action === 'int8') return { kind: 'box', type: 'int8', size, low: -127, high: 127, names };
  const range = rangeOf(action.replace('numbers ', ''));
  if (range === null) throw new Error(`'${action}': want 'numbers -1 .. 1'.`);
  return { kind: 'box', type: 'f32', size, low: range[0], high: range[1], names };
}

/** The environment's own text as a file to start from; null: it has more than one agent. */
export function environmentText(environment: Environment): string | null {
  const { wgsl, constants, observationSpace, actionSpace, rules, tickSeconds } = environment;
  const end = wgsl.indexOf(singleAgentWgsl);
  if (end < 0) return null;
  let own = wgsl.slice(0, end);
  try {
    own = specialise(own, constants);
  } catch (error) {
    if (!(error instanceof WgslError)) throw error;
  }
  const action =
    actionSpace.kind === 'discrete'
      ? `choice ${actionSpace.count}`
      : actionSpace.kind === 'box' && actionSpace.type === 'f32'
        ? `numbers ${boundAt(actionSpace.low, 0)} .. ${boundAt(actionSpace.high, 0)}`
        : 'int8';
  const lines = [
    FIRST_LINE,
    `//! name: ${environment.id}`,
    `//! action: ${action}`,
    ...(observationSpace.kind === 'discrete'
      ? [`//! observation: choice ${observationSpace.count}`]
      : []),
    `//! step: ${tickSeconds}`,
    ...Object.entries(rules).map(([name, value]) => `//! rule ${name}: ${value}`),
    ...(observationSpace.kind === 'box' ? boundLines(own, observationSpace) : []),
  ];
  return `${lines.join('\n')}\n\n${own.trim()}\n`;
}

const boundAt = (of: number | readonly number[], i: number) =>
  typeof of === 'number' ? of : of[i]!;

function boundLines(own: string, { low, high }: Box): string[] {
  return numbersOf(own, 'Observation').flatMap(({ name }, i) => {
    const range = [boundAt(low, i), boundAt(high, i)];
    return range.every(Number.isFinite) ? [`//! bounds ${name}: ${range[0]} .. ${range[1]}`] : [];
  });
}

/** The file with another name. */
export function renamedEnvironment(text: string, name: string): string {
  const plain = name
    .replaceAll(/[\r\n]/g, ' ')
    .trim()
    .slice(0, ENVIRONMENT_NAME_LENGTH_MAX);
  return text.replace(/^\/\/!\s*name\s*:.*$/m, () => `//! name: ${plain}`);
}

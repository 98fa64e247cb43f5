/**
 * An environment of one's own as one text: its WGSL, and above it lines of `//! key: value` that say
 * what WGSL cannot. The file is valid WGSL; lines of errors are lines of the file. A text without
 * entry points is put into the frame of single-agent.wgsl; one with `reset`, `step` and `observe` of
 * its own may have several agents.
 */
import { layoutOf, mathWgsl, randomWgsl, specialise, WgslError } from '@dreampitch/compute';
import { type Environment, LOOP_BUDGET } from './environment.ts';
import type { FileProblem, Header } from './environment-header.ts';
import {
  ENVIRONMENT_NAME_LENGTH_MAX,
  FIRST_LINE,
  rangeOf,
  readHeader,
} from './environment-header.ts';
import type { ParameterTable } from './parameters.ts';
import { parametersOf } from './parameters.ts';
import { randomised } from './randomise.ts';
import { singleAgent } from './single-agent.ts';
import singleAgentWgsl from './single-agent.wgsl';
import type { Box, Space } from './spaces.ts';
import { fieldsOfStruct } from './state-fields.ts';

const TEXT_LENGTH_MAX = 100_000; // characters
const CHOICES_MAX = 4096;

export type ParsedEnvironment =
  | { readonly ok: true; readonly name: string; readonly environment: Environment }
  | { readonly ok: false; readonly problems: readonly FileProblem[] };

type Needed = readonly (readonly [pattern: RegExp, what: string])[];
const NEEDED: Needed = [
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
const ENTRY = '(@builtin(global_invocation_id) id: vec3u)';
const NEEDED_WHOLE: Needed = [
  [/\bstruct\s+World\b/, 'struct World { ... }: what a world is'],
  [/\bstruct\s+Observation\b/, 'struct Observation { ... }: what one agent sees'],
  [/\bstruct\s+Rules\b/, 'struct Rules { ... }'],
  [/\bconst\s+WORKGROUP\b/, "'const WORKGROUP = 64u;', and @workgroup_size(WORKGROUP)"],
  [/\bfn\s+reset\b/, `@compute @workgroup_size(WORKGROUP) fn reset${ENTRY}`],
  [/\bfn\s+step\b/, `@compute @workgroup_size(WORKGROUP) fn step${ENTRY}`],
  [/\bfn\s+observe\b/, `@compute @workgroup_size(WORKGROUP) fn observe${ENTRY}`],
];

/** Something wrong with a line. */
class LineError extends Error {
  readonly line: number;
  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

const bare = (text: string) => text.replaceAll(/\/\/.*/g, '');
const lineCountOf = (text: string) => text.trimEnd().split('\n').length;
const isWhole = (text: string) => /@compute\b/.test(bare(text));

/** The environment that a file describes, or all that is wrong with what can be told at once. */
export function parseEnvironment(text: string): ParsedEnvironment {
  if (text.length > TEXT_LENGTH_MAX) {
    const message = `The text has ${text.length} characters; at most ${TEXT_LENGTH_MAX} are taken.`;
    return { ok: false, problems: [{ line: 1, column: 1, message }] };
  }
  const problems: FileProblem[] = [];
  const header = readHeader(text, problems);
  const code = bare(text);
  const whole = isWhole(text);
  for (const [pattern, what] of whole ? NEEDED_WHOLE : NEEDED) {
    if (!pattern.test(code)) {
      problems.push({ line: lineCountOf(text), column: 1, message: `The text lacks ${what}.` });
    }
  }
  if (!whole && header.agents > 1) {
    const message =
      'A text with several agents has entry points of its own: reset, step and observe. ' +
      'Start from the template soccer-1v1 to see how.';
    problems.push({ line: header.lines.get('agents')!, column: 1, message });
  }
  if (problems.length > 0) return { ok: false, problems };
  try {
    return { ok: true, name: header.name, environment: environmentOf(text, header, whole) };
  } catch (error) {
    return { ok: false, problems: [problemOf(error, text)] };
  }
}

/** Where an error of compiling or running a file stands in it. */
export function problemOf(error: unknown, text: string): FileProblem {
  const message = error instanceof Error ? error.message : String(error);
  const lineCount = lineCountOf(text);
  const { line, column = 1 } = error as { line?: number; column?: number };
  if (line === undefined) return { line: 1, column: 1, message };
  const plain = message.replace(/^WGSL \d+:\d+: /, '');
  if (line <= lineCount) return { line, column, message: plain };
  const outside = `What is called around this text does not fit it: ${plain}`;
  return { line: lineCount, column: 1, message: outside };
}

function environmentOf(text: string, header: Header, whole: boolean): Environment {
  const { rules, stepSeconds, picture } = header;
  checkRules(text, header, whole);
  const parts = {
    id: header.name,
    wgsl: `${text}\n`,
    observationSpace: header.observation
      ? choiceOf(header, 'observation', header.observation)
      : observedNumbers(text, header),
    actionSpace: actionSpaceOf(text, header),
    rules,
    loopBudget: LOOP_BUDGET,
    ...(picture !== null && { picture }),
  };
  const table: ParameterTable = plainConstants(text).map((name) => [name, '', 'this text']);
  const plain: Environment = whole
    ? {
        ...parts,
        wgsl: parts.wgsl + mathWgsl + randomWgsl,
        constants: {},
        agentCount: header.agents,
        parameters: parametersOf(text, table),
        tickSeconds: stepSeconds,
        substeps: 1,
        stepObserves: false,
        autoReset: 'next-step',
      }
    : singleAgent({ ...parts, stepSeconds, parameters: table });
  const isDisturbed = Object.values(header.disturbance).some((value) => value > 0);
  const environment = isDisturbed ? { ...plain, disturbance: header.disturbance } : plain;
  const [first] = header.random.keys();
  if (first === undefined) return environment;
  try {
    return randomised(environment, Object.fromEntries(header.random));
  } catch (error) {
    throw new LineError(header.lines.get(`random ${first}`)!, (error as Error).message);
  }
}

/** Constants of the text that are plain numbers with a point: what can be drawn by seed. */
function plainConstants(text: string): string[] {
  return [...text.matchAll(/^const (\w+) = -?\d+\.\d*;/gm)].map((match) => match[1]!);
}

function checkRules(text: string, { rules, lines }: Header, whole: boolean): void {
  const needed = Object.keys(layoutOf(text, 'Rules').fields);
  for (const rule of needed) {
    if (!Object.hasOwn(rules, rule))
      throw new Error(`Say '//! rule ${rule}: ...': struct Rules has it.`);
  }
  for (const rule of Object.keys(rules)) {
    const line = lines.get(`rule ${rule}`)!;
    if (!needed.includes(rule)) {
      throw new LineError(line, `struct Rules has no '${rule}'; remove this line.`);
    }
  }
  if (!whole && !needed.includes('stepsMax')) throw new Error('struct Rules needs stepsMax: u32.');
}

function choiceOf({ lines }: Header, key: 'action' | 'observation', value: string): Space {
  const counts = value.split(' ').slice(1).map(Number);
  if (counts.some((count) => count < 1 || count > CHOICES_MAX)) {
    throw new LineError(lines.get(key)!, `'${value}': want 1 to ${CHOICES_MAX} choices.`);
  }
  if (value.startsWith('choices')) return { kind: 'multi-discrete', counts };
  return { kind: 'discrete', count: counts[0]!, start: 0 };
}

function observedNumbers(text: string, { bounds, lines }: Header): Box {
  const numbers = fieldsOfStruct(text, 'Observation');
  const whole = numbers.find(({ type }) => type !== 'f32');
  if (whole) {
    throw new Error(
      `Observation.${whole.name} is ${whole.type}: make it f32, or say '//! observation: choice N' ` +
        'where it is one of N.',
    );
  }
  const names = numbers.map(({ name }) => name);
  for (const name of bounds.keys()) {
    const line = lines.get(`bounds ${name}`)!;
    if (!names.includes(name)) {
      throw new LineError(line, `Observation has no '${name}'; remove this line.`);
    }
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

function actionSpaceOf(text: string, header: Header): Space {
  const { action, lines } = header;
  if (action.startsWith('choice')) return choiceOf(header, 'action', action);
  const [, kind, numbers, named] = /^(int8|numbers)( \S+ \.\. \S+)?((?: \S+)*)$/.exec(action)!;
  const isStruct = /\bstruct\s+Action\b/.test(bare(text));
  const given = named!.trim().split(' ').filter(Boolean);
  const own = isStruct ? fieldsOfStruct(text, 'Action').map(({ name }) => name) : ['action'];
  const names = given.length > 0 ? given : own;
  const size = names.length;
  if (kind === 'int8') return { kind: 'box', type: 'int8', size, low: -127, high: 127, names };
  const range = rangeOf(numbers ?? '');
  if (range === null) {
    throw new LineError(lines.get('action')!, `'${action}': want 'numbers -1 .. 1'.`);
  }
  return { kind: 'box', type: 'f32', size, low: range[0], high: range[1], names };
}

/** The environment's own text as a file to start from. */
export function environmentText(environment: Environment): string {
  const { wgsl, constants, observationSpace, rules, tickSeconds, agentCount } = environment;
  const frame = wgsl.indexOf(singleAgentWgsl);
  let own = wgsl.slice(0, frame < 0 ? wgsl.indexOf(mathWgsl) : frame);
  try {
    own = specialise(own, constants);
  } catch (error) {
    if (!(error instanceof WgslError)) throw error;
  }
  const lines = [
    FIRST_LINE,
    `//! name: ${environment.id}`,
    ...(agentCount > 1 ? [`//! agents: ${agentCount}`] : []),
    `//! action: ${actionWords(environment, frame < 0)}`,
    ...(observationSpace.kind === 'discrete'
      ? [`//! observation: choice ${observationSpace.count}`]
      : []),
    `//! step: ${tickSeconds}`,
    ...(environment.picture ? [`//! picture: ${environment.picture}`] : []),
    ...Object.entries(rules).map(([name, value]) => `//! rule ${name}: ${value}`),
    ...(observationSpace.kind === 'box' ? boundLines(own, observationSpace) : []),
  ];
  return `${lines.join('\n')}\n\n${own.trim()}\n`;
}

function actionWords({ actionSpace }: Environment, named: boolean): string {
  if (actionSpace.kind === 'discrete') return `choice ${actionSpace.count}`;
  if (actionSpace.kind === 'multi-discrete') return `choices ${actionSpace.counts.join(' ')}`;
  if (actionSpace.kind === 'dict') throw new Error('A file cannot say a dict of actions.');
  const { type, low, high, names } = actionSpace;
  const words = type === 'f32' ? `numbers ${boundAt(low, 0)} .. ${boundAt(high, 0)}` : 'int8';
  return named && names ? `${words} ${names.join(' ')}` : words;
}

const boundAt = (of: number | readonly number[], i: number) =>
  typeof of === 'number' ? of : of[i]!;

function boundLines(own: string, { low, high }: Box): string[] {
  return fieldsOfStruct(own, 'Observation').flatMap(({ name }, i) => {
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
  return text.replace(/^\/\/![ \t]*name[ \t]*:.*$/m, () => `//! name: ${plain}`);
}

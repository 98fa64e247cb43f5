/** What the lines `//! key: value` above an environment's WGSL say. Pure. */
import type { Disturbance } from './disturb.ts';

/** Something wrong with a file, where it stands (from 1), with a cure. */
export type FileProblem = {
  readonly line: number;
  readonly column: number;
  readonly message: string;
};

/** The first line; the number is the version of the format. */
export const FIRST_LINE = '//! dreampitch environment 1';
export const ENVIRONMENT_NAME_LENGTH_MAX = 60;
const AGENTS_MAX = 64;

export type Range = readonly [low: number, high: number];

export type Header = {
  name: string;
  agents: number;
  action: string;
  observation: string | null;
  stepSeconds: number;
  picture: string | null;
  rules: Record<string, number>;
  bounds: Map<string, Range>;
  random: Map<string, Range>;
  disturbance: Partial<Record<keyof Disturbance, number>>;
  /** Where a key stands, by 'name', 'rule stepsMax'. */
  lines: Map<string, number>;
};

const NAME = String.raw`[\w.[\]]+`;
const ACTION = new RegExp(
  String.raw`^(choice \d+|choices( \d+)+|int8( ${NAME})*|numbers \S+ \.\. \S+( ${NAME})*)$`,
);
/** Keys with a number, and what it is. */
const DISTURBANCES: Readonly<Record<string, [keyof Disturbance, low: number, high: number]>> = {
  noise: ['observationNoise', 0, 1e6],
  delay: ['actionDelaySteps', 0, 64],
  drop: ['actionDropChance', 0, 1],
};
const KEYS =
  'name, agents, action, observation, step, rule, bounds, picture, random, noise, delay, drop';

/** The header of a text; what is wrong with its lines is added to `problems`. */
export function readHeader(text: string, problems: FileProblem[]): Header {
  const header: Header = {
    name: '',
    agents: 1,
    action: '',
    observation: null,
    stepSeconds: 0,
    picture: null,
    rules: {},
    bounds: new Map(),
    random: new Map(),
    disturbance: {},
    lines: new Map(),
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
  const before = problems.length;
  lines.forEach((line, i) => {
    if (i === 0 || !line.startsWith('//!')) return;
    const colon = line.indexOf(':');
    const key = line.slice(3, Math.max(3, colon)).trim().replaceAll(/\s+/g, ' ');
    const twice = header.lines.get(key);
    header.lines.set(key, i + 1);
    const value = line.slice(colon + 1).trim();
    const wrong = key === '' ? "Want '//! key: value'." : takeLine(header, key, value);
    const message = wrong ?? (twice ? `'${key}' stands in line ${twice} already.` : null);
    if (message !== null) problems.push({ line: i + 1, column: 1, message });
  });
  if (problems.length > before) return header;
  const lacking = [
    [header.name, "'//! name: ...'"],
    [header.action, "'//! action: choice 2' (or 'numbers -1 .. 1', or 'int8')"],
    [header.stepSeconds, "'//! step: 0.02' (seconds)"],
  ];
  for (const [value, line] of lacking) {
    if (!value) problems.push({ line: 1, column: 1, message: `Below it, add ${line}.` });
  }
  return header;
}

/** What is wrong with the line; null: nothing. */
function takeLine(header: Header, key: string, value: string): string | null {
  const [word, field] = key.split(' ') as [string, string?];
  const number = value === '' ? Number.NaN : Number(value);
  if (Object.hasOwn(DISTURBANCES, word)) {
    const [name, low, high] = DISTURBANCES[word]!;
    header.disturbance[name] = number;
    const whole = name !== 'actionDelaySteps' || Number.isInteger(number);
    return number >= low && number <= high && whole
      ? null
      : `Want '//! ${word}: ...' from ${low} to ${high}, not '${value}'.`;
  }
  switch (word) {
    case 'name':
      header.name = value.slice(0, ENVIRONMENT_NAME_LENGTH_MAX);
      return header.name === '' ? 'Give the environment a name.' : null;
    case 'agents':
      header.agents = number;
      return Number.isInteger(number) && number >= 1 && number <= AGENTS_MAX
        ? null
        : `A world has 1 to ${AGENTS_MAX} agents, not '${value}'.`;
    case 'action':
      header.action = value;
      return ACTION.test(value)
        ? null
        : `An action is 'choice 2', 'choices 3 2', 'numbers -1 .. 1' or 'int8', not '${value}'.`;
    case 'observation':
      header.observation = value;
      return /^choice \d+$/.test(value) ? null : `Want 'choice 16', not '${value}'.`;
    case 'picture':
      header.picture = value;
      return /^[\w-]+$/.test(value) ? null : "Want '//! picture: cart-pole'.";
    case 'step':
      header.stepSeconds = number;
      return number > 0 && number <= 10 ? null : `A step takes 0 to 10 seconds, not '${value}'.`;
    default:
      return takeFieldLine(header, { word, field, value });
  }
}

/** Lines about a field or a constant: '//! rule stepsMax: 500'. */
function takeFieldLine(
  header: Header,
  { word, field, value }: { word: string; field: string | undefined; value: string },
): string | null {
  switch (word) {
    case 'rule':
      if (field === undefined || value === '' || !Number.isFinite(Number(value))) {
        return "Want '//! rule stepsMax: 500'.";
      }
      header.rules[field] = Number(value);
      return null;
    case 'bounds':
    case 'random': {
      const range = rangeOf(value);
      const example = word === 'bounds' ? 'bounds speed: -1 .. 1' : 'random GRAVITY: 9 .. 10.5';
      if (field === undefined || range === null) return `Want '//! ${example}'.`;
      header[word].set(field, range);
      return null;
    }
    default:
      return `There is no '${word}' here; there are ${KEYS}.`;
  }
}

export function rangeOf(value: string): Range | null {
  const [low, high, more] = value.split('..').map((part) => Number(part.trim() || 'none'));
  const sound = Number.isFinite(low) && Number.isFinite(high) && more === undefined;
  return sound && low! < high! ? [low!, high!] : null;
}

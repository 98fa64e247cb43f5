/**
 * Physical parameters that differ from world to world, so that what is learned here holds on a robot
 * whose numbers nobody knows exactly (domain randomisation, Tobin et al. 2017).
 */
import type { Environment } from './environment.ts';
import { invariant } from './invariant.ts';

/** Each parameter's least and greatest value, in its own unit. */
export type ParameterRanges = Readonly<Record<string, readonly [low: number, high: number]>>;

const CONSTANT = /^const (\w+)(?:\s*:\s*\w+)? = ([^;]+);/gm;
/** Where the texts say how a world's seed is found. */
const MARK = /^([ \t]*)\/\/ parameters by seed: (.+)$/gm;
/** So that parameters are not drawn from the numbers that the world itself draws. */
const STREAM = 0x5eed_0f_a1;

/**
 * The environment with parameters drawn uniformly by each episode's seed: the same seed has the same
 * parameters. Its constants become variables, with all that is computed from them. Throws where a
 * name is no parameter of the environment, or a range is none.
 */
export function randomised(environment: Environment, ranges: ParameterRanges): Environment {
  const { id, wgsl, parameters, constants } = environment;
  for (const [name, [low, high]] of Object.entries(ranges)) {
    const known = parameters.map((parameter) => parameter.name).join(', ');
    invariant(
      parameters.some((parameter) => parameter.name === name),
      `${id} has no parameter '${name}'; it has ${known}.`,
    );
    invariant(low <= high, `${name}: ${low} .. ${high} is no range.`);
    invariant(
      !(name in constants),
      `${name} is set to ${constants[name]} and cannot be drawn too.`,
    );
  }
  invariant(MARK.test(wgsl), `The text of ${id} does not say where parameters are drawn by seed.`);
  MARK.lastIndex = 0;
  const dependent = dependentConstants(wgsl, new Set(Object.keys(ranges)));
  const names = new Set([...Object.keys(ranges), ...dependent.map(([name]) => name)]);
  const declared = wgsl.replaceAll(CONSTANT, (line, name: string) =>
    names.has(name) ? `var<private> ${name}: f32;` : line,
  );
  const called = declared.replaceAll(MARK, '$1drawParameters($2);');
  const drawn = Object.entries(ranges).map(
    ([name, [low, high]], k) =>
      `  ${name} = uniformBetween(pcgHash3(seed, ${STREAM}u, ${k}u), ${f32(low)}, ${f32(high)});`,
  );
  const computed = dependent.map(([name, expression]) => `  ${name} = ${expression};`);
  const body = [...drawn, ...computed].join('\n');
  return { ...environment, wgsl: `${called}\nfn drawParameters(seed: u32) {\n${body}\n}\n` };
}

/** Constants that are computed from the given ones, in an order in which they can be computed. */
function dependentConstants(wgsl: string, given: ReadonlySet<string>): [string, string][] {
  const all = [...wgsl.matchAll(CONSTANT)].map((match): [string, string] => [match[1]!, match[2]!]);
  const known = new Set(given);
  const dependent: [string, string][] = [];
  const affected = new Set(given);
  for (let grew = true; grew;) {
    const before = affected.size;
    for (const [name, expression] of all) if (uses(expression, affected)) affected.add(name);
    grew = affected.size > before;
  }
  let left = all.filter(([name]) => affected.has(name) && !given.has(name));
  while (left.length > 0) {
    const waiting = new Set(left.map(([name]) => name));
    const ready = left.filter(([, expression]) => !uses(expression, waiting));
    invariant(ready.length > 0, `Constants depend on each other: ${[...waiting].join(', ')}.`);
    dependent.push(...ready);
    for (const [name] of ready) known.add(name);
    left = left.filter(([name]) => !known.has(name));
  }
  return dependent;
}

/** True where an expression names one of these. */
function uses(expression: string, names: ReadonlySet<string>): boolean {
  return [...expression.matchAll(/[A-Za-z_]\w*/g)].some(([word]) => names.has(word));
}

/** The number as WGSL writes an f32. */
function f32(value: number): string {
  const text = String(Math.fround(value));
  return /[.e]/.test(text) ? `${text}f` : `${text}.0f`;
}

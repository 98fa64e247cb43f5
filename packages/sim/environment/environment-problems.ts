/** All that is wrong with an environment's text that can be told without running it. */
import { compileToWasm } from '@dreampitch/compute';
import { parseEnvironment, problemOf } from './environment-file.ts';
import type { FileProblem } from './environment-header.ts';
import { INTERLEAVED } from './vector-environment.ts';

/** As many are enough to begin with; each takes a compilation. */
const PROBLEMS_MAX = 12;

/**
 * The compiler stops at the first mistake. So a function with a mistake has its body replaced by one
 * that gives back zeros, and the rest is compiled again: one problem of each function is told. A
 * mistake outside of functions is the last one, as what follows would come of it.
 */
export function environmentProblems(text: string): readonly FileProblem[] {
  const problems: FileProblem[] = [];
  let left = text;
  while (problems.length < PROBLEMS_MAX) {
    const found = firstProblems(left);
    problems.push(...found);
    const stubbed = found.length === 1 ? withoutBodyAt(left, found[0]!) : null;
    if (stubbed === null) break;
    left = stubbed;
  }
  return problems.sort((a, b) => a.line - b.line || a.column - b.column);
}

function firstProblems(text: string): readonly FileProblem[] {
  const parsed = parseEnvironment(text);
  if (!parsed.ok) return parsed.problems;
  const { wgsl, constants, loopBudget } = parsed.environment;
  try {
    compileToWasm(wgsl, { constants, interleaved: INTERLEAVED, loopBudget });
    return [];
  } catch (error) {
    return [problemOf(error, text)];
  }
}

const FUNCTION = /\bfn\s+\w+\s*\(/g;

/** The text with the body of the function at a place as short as can be; null: there is none. */
function withoutBodyAt(text: string, { line, column }: FileProblem): string | null {
  const code = text.replaceAll(/\/\/.*/g, (comment) => ' '.repeat(comment.length));
  const lines = text.split('\n').slice(0, line - 1);
  const at = lines.reduce((sum, one) => sum + one.length + 1, 0) + column - 1;
  for (const { index } of code.matchAll(FUNCTION)) {
    const open = code.indexOf('{', index);
    const close = open < 0 ? -1 : closingOf(code, open);
    if (close < 0 || at <= open || at > close) continue;
    const type = /->\s*(?:@[^)]*\)\s*)?([^{]+?)\s*$/.exec(code.slice(index, open))?.[1];
    const body = type === undefined ? '' : `return ${type}();`;
    const empty = '\n'.repeat(code.slice(open, close).split('\n').length - 1);
    const stubbed = `${text.slice(0, open)}{${body}${empty}}${text.slice(close + 1)}`;
    return stubbed === text ? null : stubbed;
  }
  return null;
}

/** Where the bracket at a place is closed; -1: nowhere. */
function closingOf(code: string, open: number): number {
  let depth = 0;
  for (let i = open; i < code.length; i++) {
    if (code[i] === '{') depth++;
    if (code[i] === '}' && --depth === 0) return i;
  }
  return -1;
}

/**
 * Text from strangers may loop for ever, and a GPU has no way to stop it but to lose the device. So
 * each loop counts: beyond the budget of an invocation all its loops end, and the line of the first
 * is left in a buffer. (WASM counts in the emitted code.)
 */
import { Source } from '../compiler/parse/source.ts';
import { lex, type Token } from '../compiler/parse/lex.ts';

const U32_MAX = 2 ** 32 - 1;

export type CountedText = {
  wgsl: string;
  /** Binding in group 0 of one atomic u32: 0, or the line of a loop that was stopped. */
  binding: number;
};

/**
 * The text with its loops counted; lines stay where they are. `bindings` are those that group 0 has.
 * A loop with a barrier in it cannot be counted: WGSL wants uniform control flow there, and says so.
 */
export function withLoopBudget(
  wgsl: string,
  options: { loopBudget: number; bindings: readonly number[] },
): CountedText {
  const name = unusedName(wgsl);
  const source = new Source(wgsl);
  const insertions = insertionsOf(lex(source), (at) => source.position(at).line, name);
  let text = '';
  let from = 0;
  for (const { at, insert } of insertions) {
    text += wgsl.slice(from, at) + insert;
    from = at;
  }
  const binding = Math.max(-1, ...options.bindings) + 1;
  const budget = Math.min(Math.max(Math.floor(options.loopBudget), 0), U32_MAX);
  return { wgsl: `${text}${wgsl.slice(from)}\n${declarations(name, binding, budget)}`, binding };
}

function declarations(name: string, binding: number, budget: number): string {
  return `
@group(0) @binding(${binding}) var<storage, read_write> ${name}Line: atomic<u32>;
var<private> ${name}Left: u32 = ${budget}u;
fn ${name}(line: u32) -> bool {
  if (${name}Left == 0u) {
    atomicMax(&${name}Line, line);
    return true;
  }
  ${name}Left -= 1u;
  return false;
}`;
}

function unusedName(wgsl: string): string {
  let name = 'loopStopped';
  while (wgsl.includes(name)) name += 'X';
  return name;
}

type Insertion = { at: number; insert: string };

/** A check at the head of every loop's body, and a last return where such a check can reach the end. */
function insertionsOf(
  tokens: readonly Token[],
  lineAt: (at: number) => number,
  name: string,
): Insertion[] {
  const insertions: Insertion[] = [];
  let depth = 0;
  let result: string | null = null;
  let loop: Token | null = null;
  tokens.forEach((token, i) => {
    const { text, at } = token;
    if (token.kind === 'word' && (text === 'for' || text === 'while' || text === 'loop')) {
      loop = token;
    } else if (text === '->') result = typeAfter(tokens, i);
    else if (text === '{') {
      depth++;
      if (loop === null) return;
      const insert = ` if (${name}(${lineAt(loop.at)}u)) { break; }`;
      insertions.push({ at: at + 1, insert });
      loop = null;
    } else if (text === '}') {
      depth--;
      if (depth > 0) return;
      // A loop that only returned now also breaks; what it returns then does not matter.
      if (result !== null) insertions.push({ at, insert: `return ${result}(); ` });
      result = null;
    }
  });
  return insertions;
}

/** The type between `->` and the body. */
function typeAfter(tokens: readonly Token[], arrow: number): string {
  let text = '';
  for (let i = arrow + 1; tokens[i] && tokens[i]!.text !== '{'; i++) text += tokens[i]!.text;
  return text;
}

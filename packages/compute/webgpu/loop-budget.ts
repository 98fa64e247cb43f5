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
  /** What the text's declaration of this name is called now: mostly the same. */
  nameOf(name: string): string;
};

/**
 * What the counting is written with. A text may have declarations of these names: they get others.
 */
const NEEDED = new Set('u32 bool atomic atomicMax storage private read_write'.split(' '));

/**
 * The text with its loops counted; lines stay where they are. `bindings` are those that group 0
 * has. A loop with a barrier in it cannot be counted: WGSL wants uniform control flow there, and
 * says so.
 */
export function withLoopBudget(
  wgsl: string,
  options: { loopBudget: number; bindings: readonly number[] },
): CountedText {
  const name = unusedName(wgsl);
  const source = new Source(wgsl);
  const tokens = lex(source);
  const taken = declaredNames(tokens);
  const nameOf = (own: string) => (taken.has(own) ? `${name}_${own}` : own);
  const { edits, results } = editsOf(tokens, (at) => source.position(at).line, name);
  for (const { kind, text, at } of tokens) {
    if (kind === 'word' && taken.has(text))
      edits.push({ at, end: at + text.length, text: nameOf(text) });
  }
  let text = '';
  let from = 0;
  for (const edit of edits.toSorted((a, b) => a.at - b.at)) {
    text += wgsl.slice(from, edit.at) + edit.text;
    from = edit.end;
  }
  text += wgsl.slice(from);
  const aliases = results.map(
    (type, i) => `alias ${name}Result${i} = ${type.map(nameOf).join('')};\n`,
  );
  const binding = Math.max(-1, ...options.bindings) + 1;
  const budget = Math.min(Math.max(Math.floor(options.loopBudget), 0), U32_MAX);
  return {
    wgsl: `${text}\n${aliases.join('')}${declarations(name, binding, budget)}`,
    binding,
    nameOf,
  };
}

/**
 * Names of `NEEDED` that the module declares: nothing in the text means the predeclared ones then.
 */
function declaredNames(tokens: readonly Token[]): Set<string> {
  const names = new Set<string>();
  let depth = 0;
  tokens.forEach(({ text }, i) => {
    if (text === '{' || text === '(' || text === '[') depth++;
    if (text === '}' || text === ')' || text === ']') depth--;
    if (depth > 0 || !NEEDED.has(text)) return;
    const before = tokens[i - 1]?.text ?? '';
    const declares = ['fn', 'struct', 'alias', 'const', 'override', 'var'].includes(before);
    if (declares || (before === '>' && isAfterVar(tokens, i - 1))) names.add(text);
  });
  return names;
}

/** Whether the `>` ends the template of `var<private>`. */
function isAfterVar(tokens: readonly Token[], end: number): boolean {
  let start = end;
  while (start > 0 && tokens[start]!.text !== '<') start--;
  return tokens[start - 1]?.text === 'var';
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

/** What stands from `at` to `end` becomes `text`. */
type Edit = { at: number; end: number; text: string };

/**
 * A check at the head of every loop's body, and a last return where such a check can reach the end;
 * of the types that are returned so. Parameters and variables may have a type's name: at the
 * module's scope, where the signature stands, it is the type.
 */
function editsOf(
  tokens: readonly Token[],
  lineAt: (at: number) => number,
  name: string,
): { edits: Edit[]; results: string[][] } {
  const edits: Edit[] = [];
  const results: string[][] = [];
  let depth = 0;
  let result: string[] | null = null;
  let loop: Token | null = null;
  const insert = (at: number, text: string) => edits.push({ at, end: at, text });
  tokens.forEach((token, i) => {
    const { text, at } = token;
    if (token.kind === 'word' && (text === 'for' || text === 'while' || text === 'loop')) {
      loop = token;
    } else if (text === '->') result = typeAfter(tokens, i);
    else if (text === '{') {
      depth++;
      if (loop === null) return;
      insert(at + 1, ` if (${name}(${lineAt(loop.at)}u)) { break; }`);
      loop = null;
    } else if (text === '}') {
      depth--;
      if (depth > 0) return;
      // A loop that only returned now also breaks; what it returns then does not matter.
      if (result !== null) insert(at, `return ${name}Result${results.push(result) - 1}(); `);
      result = null;
    }
  });
  return { edits, results };
}

/** The words and symbols of the type between `->` and the body. */
function typeAfter(tokens: readonly Token[], arrow: number): string[] {
  const end = tokens.findIndex((token, i) => i > arrow && token.text === '{');
  return tokens.slice(arrow + 1, end).map(({ text }) => text);
}

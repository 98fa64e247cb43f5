/** Words of WGSL by what they are, for colour only. Pure. */

export type Span = {
  readonly column: number; // of its first character, from 0
  readonly kind: 'note' | 'head' | 'word' | 'type' | 'number' | 'plain';
  text: string;
};

const WORDS = new Set(
  (
    'alias break case const continue continuing default discard else enable false fn for if let loop ' +
    'override return struct switch true var while'
  ).split(' '),
);
const TYPES =
  /^(bool|[fiu]32|f16|vec[234][fiu]?|mat[234]x[234]f?|array|atomic|ptr|function|private)$/;
const TOKEN = /\/\/.*|[A-Za-z_]\w*|(?:0[xX][\da-fA-F]+|\d+\.?\d*(?:e[+-]?\d+)?|\.\d+)[fiuh]?/g;

function kindOf(token: string): Span['kind'] {
  if (token.startsWith('//!')) return 'head';
  if (token.startsWith('//')) return 'note';
  if (/^[\d.]/.test(token)) return 'number';
  if (WORDS.has(token)) return 'word';
  return TYPES.test(token) ? 'type' : 'plain';
}

/** The spans of one line; joined they are the line. */
export function spansOf(line: string): Span[] {
  const spans: Span[] = [];
  const add = (kind: Span['kind'], column: number, text: string) => {
    const last = spans.at(-1);
    if (text === '') return;
    if (last?.kind === kind) last.text += text;
    else spans.push({ column, kind, text });
  };
  let from = 0;
  for (const { 0: token, index } of line.matchAll(TOKEN)) {
    add('plain', from, line.slice(from, index));
    add(kindOf(token), index, token);
    from = index + token.length;
  }
  add('plain', from, line.slice(from));
  return spans;
}

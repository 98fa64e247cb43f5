import type { Source } from './source.ts';

export type Token = {
  readonly kind: 'number' | 'word' | 'symbol' | 'end';
  readonly text: string;
  /** Offset in the source text. */
  readonly at: number;
};

// WGSL 3.2: these and no other blanks; a line comment ends at any of its line breaks.
const BLANK =
  /(?:[ \t\n\v\f\r\u0085\u200e\u200f\u2028\u2029]+|\/\/[^\n\v\f\r\u0085\u2028\u2029]*)+/y;
const NUMBER =
  /0[xX][0-9a-fA-F]*\.?[0-9a-fA-F]*(?:[pP][+-]?\d+)?[iufh]?|(?:\d+\.\d*|\.\d+|\d+)(?:[eE][+-]?\d+)?[iufh]?/y;
const WORD = /[\p{XID_Start}_]\p{XID_Continue}*/uy;
const SYMBOL =
  /<<=|>>=|&&|\|\||<<|>>|==|!=|<=|>=|\+\+|--|->|\+=|-=|\*=|\/=|%=|&=|\|=|\^=|[-+*/%&|^!~<>=(){}[\];:,.@]/y;

/** Splits a kernel's text into tokens; blanks and comments fall away. Throws WgslError. */
export function lex(source: Source): Token[] {
  const { text } = source;
  const tokens: Token[] = [];
  let at = 0;
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0];
  };
  while (at < text.length) {
    const blank = match(BLANK);
    if (blank !== undefined) {
      at += blank.length;
      continue;
    }
    if (text.startsWith('/*', at)) {
      at = endOfBlockComment(source, at);
      continue;
    }
    const code = text.charCodeAt(at);
    const digitFollows = isDigit(text.charCodeAt(at + 1));
    const isNumber = isDigit(code) || (code === 0x2e && digitFollows);
    const kind = isNumber ? 'number' : isWordStart(code) ? 'word' : 'symbol';
    const found = match(isNumber ? NUMBER : kind === 'word' ? WORD : SYMBOL);
    if (found === undefined || found === '') {
      throw source.error(at, `'${text[at]}'`, 'this character means nothing in WGSL; remove it');
    }
    tokens.push({ kind, text: found, at });
    at += found.length;
  }
  tokens.push({ kind: 'end', text: 'end of text', at: text.length });
  return tokens;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function isWordStart(code: number): boolean {
  const lower = code | 0x20;
  return (lower >= 0x61 && lower <= 0x7a) || code === 0x5f || code > 0x7f;
}

/** Block comments nest in WGSL. */
function endOfBlockComment(source: Source, start: number): number {
  const edge = /\/\*|\*\//g;
  edge.lastIndex = start;
  let depth = 0;
  for (let found = edge.exec(source.text); found !== null; found = edge.exec(source.text)) {
    depth += found[0] === '/*' ? 1 : -1;
    if (depth === 0) return found.index + 2;
  }
  throw source.error(start, 'comment', "close it with '*/'");
}

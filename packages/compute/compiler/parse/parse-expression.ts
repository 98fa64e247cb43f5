import type { BinaryOperator, Expression, LiteralType, Name, UnaryOperator } from './ast.ts';
import type { Token } from './lex.ts';
import { RESERVED_WORDS } from './reserved.ts';
import { CHAIN_MAX, type TokenStream } from './token-stream.ts';

/** Predeclared names that take `<...>`; nothing else does, so `a < b` stays a comparison. */
const TEMPLATED = /^(?:array|vec[234]|mat[234]x[234]|ptr|atomic|bitcast)$/;

const PRECEDENCE: Readonly<Record<BinaryOperator, number>> = {
  '||': 1,
  '&&': 2,
  '|': 3,
  '^': 4,
  '&': 5,
  '==': 6,
  '!=': 6,
  '<': 6,
  '<=': 6,
  '>': 6,
  '>=': 6,
  '<<': 8,
  '>>': 8,
  '+': 9,
  '-': 9,
  '*': 10,
  '/': 10,
  '%': 10,
};

const UNARY = new Set(['-', '!', '~', '*', '&']);

/** Abstract integers have 64 bits in WGSL, here as many as a number holds exactly. */
const INTEGER_MAX = { 'abstract-int': 2 ** 53 - 1, i32: 2 ** 31 - 1, u32: 2 ** 32 - 1 } as const;

export function parseExpression(tokens: TokenStream): Expression {
  return parseBinary(tokens, 1);
}

function parseBinary(tokens: TokenStream, precedenceMin: number): Expression {
  let left = parseUnary(tokens);
  for (let links = 0; ; links++) {
    // `a--b` is `a - (-b)`.
    if (precedenceMin <= PRECEDENCE['-'] && tokens.is('--')) tokens.split();
    const { token } = tokens;
    const operator = token.text as BinaryOperator;
    const precedence = token.kind === 'symbol' ? PRECEDENCE[operator] : undefined;
    if (precedence === undefined || precedence < precedenceMin) return left;
    if (links >= CHAIN_MAX) throw chainTooLong(tokens);
    tokens.advance();
    const right = parseBinary(tokens, precedence + 1);
    requireParentheses(tokens, operator, left, token);
    requireParentheses(tokens, operator, right, token);
    left = { kind: 'binary', at: token.at, operator, left, right };
  }
}

function chainTooLong(tokens: TokenStream): Error {
  return tokens.error(`at most ${CHAIN_MAX} in one row; name a part with 'let'`);
}

/** WGSL has no precedence between many operators (8.19): it asks for parentheses. */
function requireParentheses(
  tokens: TokenStream,
  operator: BinaryOperator,
  operand: Expression,
  token: Token,
): void {
  if (operand.kind !== 'binary' || operand.parenthesised === true) return;
  const outer = PRECEDENCE[operator];
  const inner = PRECEDENCE[operand.operator];
  const bitwise = inner >= 3 && inner <= 5;
  const allowed =
    outer <= 2
      ? inner === outer || inner >= 6
      : outer <= 5
        ? inner === outer
        : outer === 6
          ? inner > 6
          : outer === 8
            ? false
            : !bitwise;
  if (allowed) return;
  throw tokens.source.error(
    token.at,
    `'${operand.operator}' beside '${operator}'`,
    `WGSL gives them no order: put '${operand.operator}' and its operands in parentheses`,
  );
}

export function parseUnary(tokens: TokenStream): Expression {
  return tokens.nested(() => parseUnaryInside(tokens));
}

function parseUnaryInside(tokens: TokenStream): Expression {
  const { token } = tokens;
  if (token.kind === 'symbol') {
    // Within an expression there is no decrement: `--b` is `-(-b)`.
    if (token.text === '--') tokens.split();
    if (UNARY.has(tokens.token.text)) {
      const operator = tokens.advance().text as UnaryOperator;
      return { kind: 'unary', at: token.at, operator, operand: parseUnary(tokens) };
    }
  }
  return parsePostfix(tokens, parsePrimary(tokens));
}

function parsePostfix(tokens: TokenStream, base: Expression): Expression {
  let result = base;
  for (let links = 0; ; links++) {
    const { at } = tokens;
    if (links >= CHAIN_MAX) throw chainTooLong(tokens);
    if (tokens.accept('[')) {
      const index = parseExpression(tokens);
      tokens.expect(']', 'after an index');
      result = { kind: 'index', at, base: result, index };
    } else if (tokens.accept('.')) {
      const member = tokens.word("a member's name after '.'").text;
      result = { kind: 'member', at, base: result, member };
    } else return result;
  }
}

function parsePrimary(tokens: TokenStream): Expression {
  const { token } = tokens;
  if (token.kind === 'number') {
    tokens.advance();
    return parseNumber(tokens, token);
  }
  if (tokens.accept('(')) {
    const inner = parseExpression(tokens);
    tokens.expect(')', 'after an expression in parentheses');
    if (inner.kind === 'binary') inner.parenthesised = true;
    return inner;
  }
  if (token.kind !== 'word') throw tokens.error('expected an expression here');
  if (token.text === 'true' || token.text === 'false') {
    tokens.advance();
    return { kind: 'literal', at: token.at, type: 'bool', value: token.text === 'true' ? 1 : 0 };
  }
  const name = parseName(tokens);
  if (RESERVED_WORDS.has(name.name)) {
    throw tokens.source.error(name.at, `'${name.name}'`, 'expected an expression here');
  }
  if (!tokens.is('(')) return name;
  return { kind: 'call', at: name.at, callee: name, args: parseArguments(tokens) };
}

export function parseArguments(tokens: TokenStream): Expression[] {
  tokens.expect('(', 'before arguments');
  const args: Expression[] = [];
  while (!tokens.accept(')')) {
    args.push(parseExpression(tokens));
    if (!tokens.is(')')) tokens.expect(',', 'between arguments');
  }
  return args;
}

/** A name, or a type with its template list. */
export function parseName(tokens: TokenStream): Name {
  const token = tokens.word('a name');
  let template: Expression[] | null = null;
  if (TEMPLATED.test(token.text) && tokens.accept('<')) {
    template = [];
    while (!tokens.is('>') && !tokens.is('>>') && !tokens.is('>=') && !tokens.is('>>=')) {
      // Above comparisons and shifts, so that `>` ends the list.
      template.push(parseBinary(tokens, 9));
      if (!tokens.accept(',')) break;
    }
    tokens.expectTemplateEnd();
  }
  return { kind: 'name', at: token.at, name: token.text, template };
}

function parseNumber(tokens: TokenStream, token: Token): Expression {
  const { text, at } = token;
  const hexadecimal = /^0[xX]/.test(text);
  const suffix = (hexadecimal ? /[iu]$|(?<=[pP].*)[fh]$/ : /[iufh]$/).exec(text)?.[0] ?? '';
  if (suffix === 'h') {
    throw tokens.source.error(at, `'${text}'`, "f16 is outside the subset; write 'f' instead");
  }
  const isFloat = suffix === 'f' || /[.pP]/.test(text) || (!hexadecimal && /[eE]/.test(text));
  const digits = suffix === '' ? text : text.slice(0, -1);
  if (!isFloat && /^0\d/.test(digits)) {
    throw tokens.source.error(at, `'${text}'`, 'leave out the leading zeros');
  }
  const number = hexadecimal && isFloat ? hexadecimalFloat(digits) : Number(digits);
  const value = suffix === 'f' ? Math.fround(number) : number;
  if (isFloat) {
    const type: LiteralType = suffix === 'f' ? 'f32' : 'abstract-float';
    if (Number.isFinite(value)) return { kind: 'literal', at, type, value };
    throw tokens.source.error(at, `'${text}'`, 'the number is too large');
  }
  const type = suffix === 'i' ? 'i32' : suffix === 'u' ? 'u32' : 'abstract-int';
  if (Number.isNaN(value) || value > INTEGER_MAX[type]) {
    throw tokens.source.error(at, `'${text}'`, `the number does not fit ${type}`);
  }
  return { kind: 'literal', at, type, value };
}

/** `0x1.8p3` is 1.5 * 2^3. */
function hexadecimalFloat(digits: string): number {
  const [mantissa, exponent = '0'] = digits.slice(2).split(/[pP]/);
  const [whole, fraction = ''] = mantissa!.split('.');
  const value = Number.parseInt(`0${whole}${fraction}`, 16);
  return value * 2 ** (Number(exponent) - 4 * fraction.length);
}

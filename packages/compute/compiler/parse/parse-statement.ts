import type { BinaryOperator, Expression, LocalDeclaration, Statement, SwitchCase } from './ast.ts';
import { parseExpression, parseName, parseUnary } from './parse-expression.ts';
import type { TokenStream } from './token-stream.ts';

const COMPOUND = new Set(['+=', '-=', '*=', '/=', '%=', '&=', '|=', '^=', '<<=', '>>=']);

export function parseBlock(tokens: TokenStream, after: string): Statement[] {
  tokens.expect('{', after);
  const body: Statement[] = [];
  while (!tokens.accept('}')) {
    const statement = parseStatement(tokens);
    if (statement) body.push(statement);
  }
  return body;
}

function parseStatement(tokens: TokenStream): Statement | null {
  return tokens.nested(() => parseStatementInside(tokens));
}

function parseStatementInside(tokens: TokenStream): Statement | null {
  const { at, token } = tokens;
  if (tokens.accept(';')) return null;
  if (tokens.is('{')) return { kind: 'block', at, body: parseBlock(tokens, '') };
  if (token.kind === 'word') {
    const structured = parseStructured(tokens);
    if (structured) return structured;
  }
  const simple = parseSimple(tokens);
  tokens.expect(';', 'after a statement');
  return simple;
}

/** Statements that begin with a keyword and end without a semicolon of parseStatement's. */
function parseStructured(tokens: TokenStream): Statement | null {
  const { at } = tokens;
  switch (tokens.token.text) {
    case 'if':
      return parseIf(tokens);
    case 'for':
      return parseFor(tokens);
    case 'while': {
      tokens.advance();
      const condition = parseExpression(tokens);
      const body = parseBlock(tokens, "after the condition of 'while'");
      return { kind: 'for', at, init: null, condition, update: null, body };
    }
    case 'loop':
      return parseLoop(tokens);
    case 'switch':
      return parseSwitch(tokens);
    case 'break':
    case 'continue': {
      const kind = tokens.advance().text as 'break' | 'continue';
      if (tokens.is('if')) {
        throw tokens.error("'break if' stands only at the end of a 'continuing' block");
      }
      tokens.expect(';', `after '${kind}'`);
      return { kind, at };
    }
    case 'return': {
      tokens.advance();
      const value = tokens.is(';') ? null : parseExpression(tokens);
      tokens.expect(';', "after 'return'");
      return { kind: 'return', at, value };
    }
    case 'const_assert': {
      tokens.advance();
      const condition = parseExpression(tokens);
      tokens.expect(';', "after 'const_assert'");
      return { kind: 'assert', at, condition };
    }
    case 'discard':
      throw tokens.error("fragment shaders are outside the subset; write 'return;'");
    default:
      return null;
  }
}

function parseIf(tokens: TokenStream): Statement {
  const { at } = tokens;
  tokens.advance();
  const condition = parseExpression(tokens);
  const then = parseBlock(tokens, "after the condition of 'if'");
  let otherwise: Statement[] | null = null;
  if (tokens.accept('else')) {
    otherwise = tokens.is('if')
      ? [tokens.nested(() => parseIf(tokens))]
      : parseBlock(tokens, "after 'else'");
  }
  return { kind: 'if', at, condition, then, else: otherwise };
}

function parseFor(tokens: TokenStream): Statement {
  const { at } = tokens;
  tokens.advance();
  tokens.expect('(', "after 'for'");
  const init = tokens.is(';') ? null : parseSimple(tokens);
  tokens.expect(';', "after the start of 'for'");
  const condition = tokens.is(';') ? null : parseExpression(tokens);
  tokens.expect(';', "after the condition of 'for'");
  const update = tokens.is(')') ? null : parseSimple(tokens);
  if (update?.kind === 'declare') {
    throw tokens.source.error(update.at, `'${update.how}'`, "the step of 'for' declares nothing");
  }
  tokens.expect(')', "after the step of 'for'");
  const body = parseBlock(tokens, "after 'for (...)'");
  return { kind: 'for', at, init, condition, update, body };
}

function parseLoop(tokens: TokenStream): Statement {
  const { at } = tokens;
  tokens.advance();
  tokens.expect('{', "after 'loop'");
  const body: Statement[] = [];
  let continuing: Statement[] = [];
  let breakIf: Expression | null = null;
  while (!tokens.accept('}')) {
    if (tokens.accept('continuing')) {
      ({ continuing, breakIf } = parseContinuing(tokens));
      tokens.expect('}', "after 'continuing': it ends the loop's body");
      break;
    }
    const statement = parseStatement(tokens);
    if (statement) body.push(statement);
  }
  return { kind: 'loop', at, body, continuing, breakIf };
}

function parseContinuing(tokens: TokenStream): {
  continuing: Statement[];
  breakIf: Expression | null;
} {
  tokens.expect('{', "after 'continuing'");
  const continuing: Statement[] = [];
  while (!tokens.accept('}')) {
    if (tokens.is('break') && tokens.peekIs('if')) {
      tokens.advance();
      tokens.advance();
      const breakIf = parseExpression(tokens);
      tokens.expect(';', "after 'break if'");
      tokens.expect('}', "after 'break if': it ends the block");
      return { continuing, breakIf };
    }
    const statement = parseStatement(tokens);
    if (statement) continuing.push(statement);
  }
  return { continuing, breakIf: null };
}

function parseSwitch(tokens: TokenStream): Statement {
  const { at } = tokens;
  tokens.advance();
  const selector = parseExpression(tokens);
  tokens.expect('{', "after the selector of 'switch'");
  const cases: SwitchCase[] = [];
  while (!tokens.accept('}')) {
    const caseAt = tokens.at;
    const selectors: (Expression | null)[] = [];
    if (tokens.accept('default')) selectors.push(null);
    else {
      tokens.expect('case', "or 'default' in a switch");
      do {
        if (selectors.length > 0 && (tokens.is(':') || tokens.is('{'))) break;
        selectors.push(tokens.accept('default') ? null : parseExpression(tokens));
      } while (tokens.accept(','));
    }
    tokens.accept(':');
    cases.push({ at: caseAt, selectors, body: parseBlock(tokens, 'after a case') });
  }
  return { kind: 'switch', at, selector, cases };
}

function parseSimple(tokens: TokenStream): Statement {
  if (tokens.is('let') || tokens.is('var') || tokens.is('const')) return parseLocal(tokens);
  const { at } = tokens;
  const target = parseUnary(tokens);
  const symbol = tokens.token.text;
  const sink = target.kind === 'name' && target.name === '_';
  if (tokens.accept('=')) {
    const value = parseExpression(tokens);
    return {
      kind: 'assign',
      at,
      target: sink ? null : target,
      operator: null,
      value,
      isStep: false,
    };
  }
  if (COMPOUND.has(symbol)) {
    tokens.advance();
    const operator = symbol.slice(0, -1) as BinaryOperator;
    return { kind: 'assign', at, target, operator, value: parseExpression(tokens), isStep: false };
  }
  if (symbol === '++' || symbol === '--') {
    tokens.advance();
    const one: Expression = { kind: 'literal', at, type: 'abstract-int', value: 1 };
    const operator = symbol === '++' ? '+' : '-';
    return { kind: 'assign', at, target, operator, value: one, isStep: true };
  }
  if (target.kind === 'call') return { kind: 'call', at, call: target };
  throw tokens.error('expected an assignment or a call');
}

function parseLocal(tokens: TokenStream): LocalDeclaration {
  const how = tokens.advance().text as 'let' | 'const' | 'var';
  if (how === 'var' && tokens.accept('<')) {
    tokens.expect('function', "inside 'var<...>' of a function");
    tokens.expectTemplateEnd();
  }
  const { text: name, at } = tokens.name(`a name after '${how}'`);
  const type = tokens.accept(':') ? parseName(tokens) : null;
  const init = tokens.accept('=') ? parseExpression(tokens) : null;
  if (init === null && (how !== 'var' || type === null)) {
    throw tokens.error(`'${how} ${name}' needs '= value'`);
  }
  return { kind: 'declare', at, how, name, type, init, end: tokens.at };
}

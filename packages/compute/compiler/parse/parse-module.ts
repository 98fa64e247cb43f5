import type {
  Attribute,
  FunctionDeclaration,
  GlobalDeclaration,
  Module,
  Parameter,
} from './ast.ts';
import { parseArguments, parseExpression, parseName } from './parse-expression.ts';
import { parseBlock } from './parse-statement.ts';
import { Source } from './source.ts';
import { TokenStream } from './token-stream.ts';

/** Trees of the latest texts: a text's layouts are asked for before it is compiled. */
const parsed = new Map<string, Module>();
const PARSED_MAX = 4;

/** Parses one WGSL module. Throws WgslError. */
export function parseModule(given: string | Source): Module {
  const source = typeof given === 'string' ? new Source(given) : given;
  const module = parsed.get(source.text) ?? parse(source);
  parsed.delete(source.text);
  parsed.set(source.text, module);
  if (parsed.size > PARSED_MAX) parsed.delete(parsed.keys().next().value!);
  return module;
}

function parse(source: Source): Module {
  const tokens = new TokenStream(source);
  const module: Module = { structs: [], globals: [], functions: [], aliases: [], asserts: [] };
  while (tokens.token.kind !== 'end') parseDeclaration(tokens, module);
  return module;
}

function parseDeclaration(tokens: TokenStream, module: Module): void {
  if (tokens.accept(';')) return;
  const attributes = parseAttributes(tokens);
  const { at } = tokens;
  switch (tokens.token.text) {
    case 'struct': {
      tokens.advance();
      const name = tokens.name("a name after 'struct'").text;
      tokens.expect('{', "after the struct's name");
      const members = parseParameters(tokens, '}', 'a member');
      module.structs.push({ kind: 'struct', at, name, members });
      return;
    }
    case 'fn':
      module.functions.push(parseFunction(tokens, attributes));
      return;
    case 'alias': {
      tokens.advance();
      const name = tokens.name("a name after 'alias'").text;
      tokens.expect('=', "after the alias's name");
      module.aliases.push({ kind: 'alias', at, name, type: parseName(tokens) });
      tokens.expect(';', 'after an alias');
      return;
    }
    case 'const_assert': {
      tokens.advance();
      module.asserts.push({ at, condition: parseExpression(tokens) });
      tokens.expect(';', "after 'const_assert'");
      return;
    }
    case 'var':
    case 'const':
    case 'override':
      module.globals.push(parseGlobal(tokens, attributes));
      return;
    case 'enable':
      throw tokens.error('extensions are outside the subset; remove the line');
    case 'requires':
      parseRequires(tokens);
      return;
    case 'diagnostic':
      tokens.advance();
      parseArguments(tokens);
      tokens.expect(';', "after 'diagnostic(...)'");
      return;
    default:
      throw tokens.error("expected 'fn', 'struct', 'var', 'const', 'override' or 'alias'");
  }
}

/** Features of the language that are part of the subset anyway. */
const FEATURES = new Set([
  'packed_4x8_integer_dot_product',
  'pointer_composite_access',
  'unrestricted_pointer_parameters',
]);

function parseRequires(tokens: TokenStream): void {
  do {
    tokens.advance();
    if (!FEATURES.has(tokens.token.text)) {
      throw tokens.error('this feature is outside the subset; remove it');
    }
    tokens.advance();
  } while (tokens.is(','));
  tokens.expect(';', "after 'requires'");
}

function parseAttributes(tokens: TokenStream): Attribute[] {
  const attributes: Attribute[] = [];
  while (tokens.is('@')) {
    const { at } = tokens.advance();
    const name = tokens.word("an attribute's name after '@'").text;
    attributes.push({ at, name, args: tokens.is('(') ? parseArguments(tokens) : [] });
  }
  return attributes;
}

/** `name: type` items up to `end`, as parameters and struct members are written. */
function parseParameters(tokens: TokenStream, end: string, what: string): Parameter[] {
  const items: Parameter[] = [];
  while (!tokens.accept(end)) {
    const attributes = parseAttributes(tokens);
    const { at } = tokens;
    const name = tokens.name(`the name of ${what}`).text;
    tokens.expect(':', `after the name of ${what}`);
    items.push({ at, name, type: parseName(tokens), attributes });
    if (!tokens.is(end)) tokens.expect(',', `after ${what}`);
  }
  return items;
}

function parseFunction(tokens: TokenStream, attributes: Attribute[]): FunctionDeclaration {
  tokens.advance();
  const { at } = tokens;
  const name = tokens.name("a name after 'fn'").text;
  tokens.expect('(', "after the function's name");
  const parameters = parseParameters(tokens, ')', 'a parameter');
  let result = null;
  if (tokens.accept('->')) {
    parseAttributes(tokens);
    result = parseName(tokens);
  }
  const body = parseBlock(tokens, "before the function's body");
  return { kind: 'function', at, name, attributes, parameters, result, body };
}

function parseGlobal(tokens: TokenStream, attributes: Attribute[]): GlobalDeclaration {
  const how = tokens.advance().text as 'var' | 'const' | 'override';
  let space: string | null = null;
  let access: string | null = null;
  if (how === 'var' && tokens.accept('<')) {
    space = tokens.word('an address space').text;
    if (tokens.accept(',')) access = tokens.word('an access mode').text;
    tokens.expectTemplateEnd();
  }
  const { at } = tokens;
  const name = tokens.name(`a name after '${how}'`).text;
  const type = tokens.accept(':') ? parseName(tokens) : null;
  const given = tokens.accept('=');
  const initAt = tokens.at;
  const init = given ? parseExpression(tokens) : null;
  const end = tokens.at;
  tokens.expect(';', `after '${how} ${name}'`);
  return { kind: 'global', at, how, name, attributes, space, access, type, init, initAt, end };
}

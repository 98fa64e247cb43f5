import { type Token, lex } from './lex.ts';
import { RESERVED_WORDS } from './reserved.ts';
import type { Source } from './source.ts';

/** WGSL 2.4 asks for 127; every later pass walks the tree by recursion, so there is a limit. */
const NESTING_MAX = 127;
/** Operators, indexes and members in one row, for the same reason. */
export const CHAIN_MAX = 500;

/** A cursor over the tokens of one text. */
export class TokenStream {
  readonly source: Source;
  readonly #tokens: Token[];
  #next = 0;
  #depth = 0;

  constructor(source: Source) {
    this.source = source;
    this.#tokens = lex(source);
  }

  get token(): Token {
    return this.#tokens[this.#next]!;
  }

  get at(): number {
    return this.token.at;
  }

  is(text: string): boolean {
    const { token } = this;
    return token.text === text && token.kind !== 'number' && token.kind !== 'end';
  }

  peekIs(text: string): boolean {
    return this.#tokens[this.#next + 1]?.text === text;
  }

  advance(): Token {
    const { token } = this;
    if (token.kind !== 'end') this.#next++;
    return token;
  }

  accept(text: string): boolean {
    if (!this.is(text)) return false;
    this.#next++;
    return true;
  }

  expect(text: string, after: string): void {
    if (!this.accept(text)) throw this.error(`expected '${text}' ${after}`);
  }

  /** The `>` that ends a template list; `>>`, `>=` and `>>=` are split. */
  expectTemplateEnd(): void {
    const { token } = this;
    if (token.kind === 'symbol' && token.text.length > 1 && token.text.startsWith('>')) {
      this.split();
    }
    this.expect('>', 'after a template list');
  }

  /** Makes two tokens of one that was two: its first character and the rest. */
  split(): void {
    const { kind, text, at } = this.token;
    const first = { kind, text: text.slice(0, 1), at };
    this.#tokens.splice(this.#next, 1, first, { kind, text: text.slice(1), at: at + 1 });
  }

  word(what: string): Token {
    if (this.token.kind !== 'word') throw this.error(`expected ${what}`);
    return this.advance();
  }

  /** A word that may name something. */
  name(what: string): Token {
    if (this.token.kind === 'word' && RESERVED_WORDS.has(this.token.text)) {
      throw this.error('this word is reserved in WGSL; choose another name');
    }
    return this.word(what);
  }

  /** Runs `parse` one level deeper. */
  nested<T>(parse: () => T): T {
    if (this.#depth >= NESTING_MAX) {
      throw this.error(`nesting is at most ${NESTING_MAX} deep; move a part to a function`);
    }
    this.#depth++;
    const result = parse();
    this.#depth--;
    return result;
  }

  error(cure: string): Error {
    return this.source.error(this.at, `'${this.token.text}'`, cure);
  }
}

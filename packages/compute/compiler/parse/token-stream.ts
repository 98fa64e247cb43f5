import { type Token, lex } from './lex.ts';
import type { Source } from './source.ts';

/** A cursor over the tokens of one text. */
export class TokenStream {
  readonly source: Source;
  readonly #tokens: Token[];
  #next = 0;

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
      const rest = { kind: token.kind, text: token.text.slice(1), at: token.at + 1 };
      this.#tokens[this.#next] = rest;
      return;
    }
    this.expect('>', 'after a template list');
  }

  word(what: string): Token {
    if (this.token.kind !== 'word') throw this.error(`expected ${what}`);
    return this.advance();
  }

  error(cure: string): Error {
    return this.source.error(this.at, `'${this.token.text}'`, cure);
  }
}

import { type Position, WgslError } from '../wgsl-error.ts';

/** A kernel's text, and how an offset in it becomes a line and a column. */
export class Source {
  readonly text: string;
  #lineStarts: number[] | undefined;

  constructor(text: string) {
    this.text = text;
  }

  position(offset: number): Position {
    this.#lineStarts ??= [0, ...[...this.text.matchAll(/\n/g)].map((match) => match.index + 1)];
    let line = this.#lineStarts.length;
    while (line > 1 && this.#lineStarts[line - 1]! > offset) line--;
    return { line, column: offset - this.#lineStarts[line - 1]! + 1 };
  }

  /** The error to throw: what was met at `offset`, and what to write instead. */
  error(offset: number, construct: string, cure: string): WgslError {
    return new WgslError(this.position(offset), construct, cure);
  }
}

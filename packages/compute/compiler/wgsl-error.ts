/** Where something stands in a kernel's text: both count from 1. */
export type Position = { readonly line: number; readonly column: number };

/**
 * A kernel's text is not WGSL, or lies outside the subset that both targets run.
 * `construct` names what was met, `message` says what to write instead.
 */
export class WgslError extends Error {
  override readonly name = 'WgslError';
  readonly line: number;
  readonly column: number;
  readonly construct: string;

  constructor(at: Position, construct: string, cure: string) {
    super(`WGSL ${at.line}:${at.column}: ${construct}: ${cure}`);
    this.line = at.line;
    this.column = at.column;
    this.construct = construct;
  }
}

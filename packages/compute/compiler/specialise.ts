import { checkReplaced } from './check/check-module.ts';
import type { Module, Statement } from './parse/ast.ts';
import type { Type } from './types.ts';

/** `wgsl.slice(from, to)` becomes `text`. */
type Edit = { readonly from: number; readonly to: number; readonly text: string };

/**
 * The text for `createShaderModule`: the values of its module-scope constants replaced, and every
 * variable in a loop with the value that it begins with. Line numbers stay as they are. Throws
 * WgslError.
 */
export function specialise(wgsl: string, constants: Readonly<Record<string, number>>): string {
  const { module, replaced } = checkReplaced(wgsl, constants);
  const edits = replaced.map(({ declaration, type, value }): Edit => {
    const { init, initAt, end } = declaration;
    const literal = literalOf(type, value as number);
    const lines = wgsl.slice(initAt, end).replaceAll(/[^\n]/g, '');
    return { from: initAt, to: end, text: (init ? literal : ` = ${literal}`) + lines };
  });
  edits.push(...initialValues(wgsl, module));
  let out = '';
  let from = 0;
  for (const edit of edits.toSorted((a, b) => a.from - b.from)) {
    out += wgsl.slice(from, edit.from) + edit.text;
    from = edit.to;
  }
  return out + wgsl.slice(from);
}

/**
 * Chromium 156 (SwiftShader) makes `var x: T;` in a loop zero only once, and lets it keep its value
 * from round to round. Measured: four rounds of `x += 7` summed give 70, not 28. Delete when fixed.
 */
function initialValues(wgsl: string, module: Module): Edit[] {
  const edits: Edit[] = [];
  const visit = (statement: Statement | null, inLoop: boolean): void => {
    switch (statement?.kind) {
      case 'declare': {
        const { type, init, end } = statement;
        if (!inLoop || init || !type) return;
        const zero = ` = ${wgsl.slice(type.at, end).replaceAll(/\s+/g, ' ').trim()}()`;
        edits.push({ from: end, to: end, text: zero });
        return;
      }
      case 'if':
        for (const one of [...statement.then, ...(statement.else ?? [])]) visit(one, inLoop);
        return;
      case 'switch':
        for (const one of statement.cases) for (const inner of one.body) visit(inner, inLoop);
        return;
      case 'block':
        for (const one of statement.body) visit(one, inLoop);
        return;
      case 'for':
        for (const one of statement.body) visit(one, true);
        return;
      case 'loop':
        for (const one of [...statement.body, ...statement.continuing]) visit(one, true);
        return;
      default:
    }
  };
  for (const { body } of module.functions) for (const statement of body) visit(statement, false);
  return edits;
}

/** A number as a literal of exactly this type. */
function literalOf(type: Type, value: number): string {
  const name = type.kind === 'scalar' ? type.name : 'f32';
  switch (name) {
    case 'bool':
      return value === 0 ? 'false' : 'true';
    case 'u32':
      return `${value}u`;
    case 'i32':
      // 2147483648i is no i32, so the smallest one has no literal with a suffix.
      return value === -(2 ** 31) ? `i32(${value})` : `${value}i`;
    case 'abstract-int':
      return String(value);
    case 'f32':
      return `${withPoint(value)}f`;
    case 'abstract-float':
      return withPoint(value);
    default:
      throw new Error(`unreachable: ${String(name satisfies never)}`);
  }
}

function withPoint(value: number): string {
  const text = String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

import { checkReplaced } from './check/check-module.ts';
import type { Type } from './types.ts';

/**
 * The text with the values of its module-scope constants replaced, for `createShaderModule`.
 * Line numbers stay as they are. Throws WgslError.
 */
export function specialise(wgsl: string, constants: Readonly<Record<string, number>>): string {
  let out = '';
  let from = 0;
  const replaced = checkReplaced(wgsl, constants);
  for (const { declaration, type, value } of replaced) {
    const { init, initAt, end } = declaration;
    const literal = literalOf(type, value as number);
    const lines = wgsl.slice(initAt, end).replaceAll(/[^\n]/g, '');
    out += wgsl.slice(from, initAt) + (init ? literal : ` = ${literal}`) + lines;
    from = end;
  }
  return out + wgsl.slice(from);
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

import { checkStructNamed } from './check/check-module.ts';
import { type StructLayout, structLayout } from './layout.ts';

/** Sizes and offsets of a struct as the kernel's own text gives them. Throws WgslError. */
export function layoutOf(
  wgsl: string,
  structName: string,
  constants: Readonly<Record<string, number>> = {},
): StructLayout {
  return structLayout(checkStructNamed(wgsl, structName, constants));
}

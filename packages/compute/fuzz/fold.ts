/** What leaves a random program: bits that are the same everywhere. */
import type { Place, ValueType } from './expressions.ts';
import { OUTPUT_WORDS, REAL_WORDS } from './layout.ts';

/** A float gives its sixteenths: exact, and without the sign of zero. */
export function bitsOf(text: string, scalar: ValueType['scalar']): string {
  switch (scalar) {
    case 'u32':
      return text;
    case 'i32':
      return `bitcast<u32>(${text})`;
    case 'f32':
      return `bitcast<u32>(i32(${text} * 16.0))`;
    case 'bool':
      return `u32(${text})`;
    default:
      throw new Error(`unreachable: ${String(scalar satisfies never)}`);
  }
}

/** Everything in scope in one number, so that no wrong value goes unseen. */
export function foldOf(
  places: readonly Place[],
  arrays: readonly { readonly name: string; readonly type: ValueType }[],
): string {
  const all = places.flatMap(({ text, type }) =>
    Array.from({ length: type.size }, (_, i) =>
      bitsOf(type.size === 1 ? text : `${text}[${i}]`, type.scalar),
    ),
  );
  const elements = arrays.flatMap(({ name, type }) =>
    [0, 1, 2, 3].map((i) => bitsOf(`${name}[${i}]`, type.scalar)),
  );
  const lines = [...all, ...elements].map((bits) => `  fold = fold * 31u + ${bits};\n`);
  const word = OUTPUT_WORDS - REAL_WORDS - 1;
  return `  var fold = 0u;
${lines.join('')}  output[at * ${OUTPUT_WORDS}u + ${word}u] = fold;
`;
}

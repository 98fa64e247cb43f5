/**
 * Where the elements of a product's factors lie: sums of digits of their row or column, their depth
 * and their batch. Patches of a picture, heads of attention and transposed weights are all of this
 * form, so the kernels read them where they are.
 */
import type { Form } from './index-form.ts';

/** Columns that a product's inner loop works on side by side. */
export const PANEL = 8;

/** floor(index / divide) % modulo, times stride. */
export type Digit = { readonly divide: number; readonly modulo: number; readonly stride: number };

/** Offset, in elements, along one axis of a factor: the sum of its digits. */
export type Axis = { readonly size: number; readonly digits: readonly Digit[] };

export type FactorLayout = {
  readonly base: number;
  readonly batch: Axis;
  readonly across: Axis; // rows of the first factor, columns of the second
  readonly depth: Axis;
};

/** A place as base + one sum of digits per variable; null where it is no such sum. */
export function digitsOf(
  place: Form,
  variables: readonly { readonly name: string; readonly size: number }[],
): { base: number; axes: Axis[] } | null {
  const axes = variables.map(({ size }) => ({ size, digits: [] as Digit[] }));
  for (const { atom, factor } of place.terms) {
    const digit = digitOf(atom);
    const axis = digit && axes[variables.findIndex(({ name }) => name === digit.name)];
    if (!digit || !axis) return null;
    axis.digits.push({ divide: digit.divide, modulo: digit.modulo, stride: factor });
  }
  return {
    base: place.constant,
    axes: axes.map(({ size, digits }) => ({ size, digits: joined(digits) })),
  };
}

/** Digits of which one goes on where the other ends are one. */
function joined(digits: readonly Digit[]): Digit[] {
  const result: Digit[] = [];
  for (const digit of digits.toSorted((a, b) => a.divide - b.divide)) {
    const { divide, modulo, stride } = result.at(-1) ?? { divide: 0, modulo: 0, stride: 0 };
    const goesOn = digit.divide === divide * modulo && digit.stride === stride * modulo;
    if (divide > 0 && goesOn)
      result.splice(-1, 1, { divide, modulo: modulo * digit.modulo, stride });
    else result.push(digit);
  }
  return result;
}

/** `whole`: the modulo changes nothing, as the variable ends before it. */
type Named = { name: string; divide: number; modulo: number; whole: boolean };

function digitOf(atom: Form['terms'][number]['atom']): Named | null {
  if (!atom.parts) return { name: atom.key, divide: 1, modulo: atom.size, whole: true };
  const { name, of, by } = atom.parts;
  const [term, ...others] = of.terms;
  if (!term || others.length > 0 || term.factor !== 1 || of.constant !== 0) return null;
  const inner = digitOf(term.atom);
  if (!inner || (!inner.whole && inner.modulo % by !== 0)) return null;
  if (name === '/') {
    return { ...inner, divide: inner.divide * by, modulo: Math.ceil(inner.modulo / by) };
  }
  return by >= inner.modulo ? inner : { ...inner, modulo: by, whole: false };
}

/** The stride of an axis without digits of its parts; null where it has such. */
export function strideOf({ size, digits }: Axis): number | null {
  const [digit, ...others] = digits;
  if (!digit) return 0;
  const whole = digit.divide === 1 && digit.modulo >= size;
  return others.length === 0 && whole ? digit.stride : null;
}

/** Whether every four neighbours from a multiple of four on are neighbours in memory. */
export function runsByFour(axis: Axis): boolean {
  return runsBy(axis, 4);
}

/** Whether the columns of every panel are. */
export function runsInPanels(axis: Axis): boolean {
  return runsBy(axis, PANEL);
}

/** Whether so many neighbours, from every multiple of so many on, are neighbours in memory. */
export function runsBy({ size, digits }: Axis, count: number): boolean {
  const fine = digits.filter((digit) => digit.divide % count !== 0);
  const [last, ...others] = fine;
  if (!last || others.length > 0 || last.divide !== 1 || last.stride !== 1) return false;
  return last.modulo >= size || last.modulo % count === 0;
}

/** What a person can do in place of an agent: by choices and sliders, or by arrow keys. Pure. */
import type { Environment, Space } from '@dreampitch/sim';
import type { ActionForm, Seen } from './protocol.ts';

const boundAt = (of: number | readonly number[], i: number) =>
  typeof of === 'number' ? of : of[i]!;
const finite = (value: number) => (Number.isFinite(value) ? value : null);
/** A slider needs ends. */
const SLIDER_MAX = 10;

export function actionFormOf({ actionSpace: space }: Environment): ActionForm {
  switch (space.kind) {
    case 'discrete':
      return { kind: 'choice', count: space.count, start: space.start };
    case 'multi-discrete': {
      const numbers = space.counts.map((count, i) => {
        return { name: `choice ${i + 1}`, low: 0, high: count - 1 };
      });
      return { kind: 'numbers', numbers, whole: true };
    }
    case 'box': {
      const { low, high, names, size, type } = space;
      const numbers = Array.from({ length: size }, (_, i) => ({
        name: names?.[i] ?? `action ${i + 1}`,
        low: finite(boundAt(low, i)) ?? -SLIDER_MAX,
        high: finite(boundAt(high, i)) ?? SLIDER_MAX,
      }));
      return { kind: 'numbers', numbers, whole: type === 'int8' };
    }
    case 'dict':
      throw new Error('Actions are choices or numbers.');
    default:
      throw new Error(`unreachable: ${String(space satisfies never)}`);
  }
}

export function seenBy({ observationSpace: space }: { observationSpace: Space }): Seen[] {
  if (space.kind === 'discrete') return [{ name: 'place', low: 0, high: space.count - 1 }];
  if (space.kind !== 'box') return [];
  return Array.from({ length: space.size }, (_, i) => ({
    name: space.names?.[i] ?? `number ${i + 1}`,
    low: finite(boundAt(space.low, i)),
    high: finite(boundAt(space.high, i)),
  }));
}

/** What is done before anything is asked for. */
export function restOf(form: ActionForm): readonly number[] {
  if (form.kind === 'choice') return [form.start];
  return form.numbers.map(({ low, high }) => Math.min(Math.max(0, low), high));
}

/** Arrow keys that are down: -1 .. 1 to the right, -1 .. 1 ahead. */
export type Arrows = { readonly right: number; readonly ahead: number };

/** What arrow keys mean here, in words; null: nothing. */
export function keyWords(form: ActionForm): string | null {
  if (form.kind === 'choice') return form.count === 2 || form.count === 3 ? '← →' : null;
  if (isWheels(form)) return '← ↑ ↓ →';
  return form.numbers.length === 1 ? '← →' : null;
}

function isWheels(form: ActionForm): boolean {
  return form.kind === 'numbers' && form.numbers.map(({ name }) => name).join(' ') === 'left right';
}

/** The action for arrow keys; null: as before. */
export function actionOf(form: ActionForm, { right, ahead }: Arrows): readonly number[] | null {
  if (form.kind === 'choice') {
    if (form.count === 3) return [form.start + 1 + right];
    return right === 0 ? null : [form.start + (right > 0 ? 1 : 0)];
  }
  const reach = ({ low, high }: { low: number; high: number }, share: number) => {
    const value = share < 0 ? -share * low : share * high;
    return form.whole ? Math.round(value) : value;
  };
  if (isWheels(form)) {
    const [left, other] = form.numbers;
    const turn = ahead === 0 ? 0.35 : 0.5;
    return [
      reach(left!, ahead * 0.8 + right * turn),
      reach(other!, ahead * 0.8 - right * turn),
    ].map((value) => Math.max(left!.low, Math.min(left!.high, value)));
  }
  return form.numbers.length === 1 ? [reach(form.numbers[0]!, right)] : null;
}

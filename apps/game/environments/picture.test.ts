import { environments, make, stateFields } from '@dreampitch/sim';
import { expect, test, vi } from 'vitest';
import { drawingOf } from '../train/drawing/drawings.ts';
import type { Colours } from '../train/drawing/sheet.ts';
import { Sheet } from '../train/drawing/sheet.ts';
import { pictureWords } from './picture-words.ts';

vi.stubGlobal('devicePixelRatio', 1);

/** What a canvas is told, with whether every number of it is one. */
function recordingContext() {
  const calls: { name: string; finite: boolean }[] = [];
  const canvas = { width: 300, height: 200 };
  const context = new Proxy<Record<string, unknown>>(
    {},
    {
      get: (own, name: string) => {
        if (name === 'canvas') return canvas;
        if (name in own) return own[name];
        return (...values: unknown[]) => {
          const numbers = values.filter((value) => typeof value === 'number');
          calls.push({ name, finite: numbers.every(Number.isFinite) });
        };
      },
    },
  );
  return { context: context as unknown as CanvasRenderingContext2D, calls };
}

const colours = new Proxy({}, { get: () => '#000' }) as Colours;

test.each(environments().flatMap((one) => (one.picture ? [[one.id, one] as const] : [])))(
  '%s is drawn from the numbers of its own state',
  async (_, environment) => {
    const { fields } = stateFields(environment);
    const names = fields.map(({ name }) => name.replace('state.', ''));
    expect(pictureWords({ picture: environment.picture!, names })).toBeNull();
    using world = await make(environment);
    world.reset({ seed: 1 });
    const { state } = world;
    const numbers = typeof state === 'number' ? [state] : [...state];
    const own = names.filter((_name, i) => fields[i]!.name.startsWith('state.'));
    const known = own.length > 0 ? own : names;
    const { context, calls } = recordingContext();
    const drawing = drawingOf(environment, names)!;
    const actions = Array.from({ length: 2 * environment.agentCount }, () => 1);
    drawing(new Sheet(context, colours), {
      value: (name) => numbers[known.indexOf(name)] ?? Number.NaN,
      action: actions,
    });
    expect(calls.length).toBeGreaterThan(10);
    expect(calls.filter(({ finite }) => !finite)).toEqual([]);
  },
);

test('a picture that there is not, or whose numbers are missing, is told', () => {
  expect(pictureWords({ picture: 'ship', names: [] })).toMatch(
    /no picture 'ship'; there are cart-/,
  );
  expect(pictureWords({ picture: 'cart-pole', names: ['x'] })).toMatch(/State lacks angle\.$/);
  expect(pictureWords({ picture: null, names: [] })).toBeNull();
});

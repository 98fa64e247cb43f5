/** The scene's colours, read from the design tokens, so that there is one table of colours. */

const NAMES = [
  'sky',
  'floor',
  'pitch',
  'pitch-band',
  'line',
  'wall',
  'wall-top',
  'chassis',
  'wheel',
  'blue',
  'orange',
  'ball',
] as const;

export type ColorName = (typeof NAMES)[number];
export type Palette = Readonly<Record<ColorName, string>>;

/** Throws where a token is missing: the style sheet and this list belong together. */
export function readPalette(element: Element): Palette {
  const style = getComputedStyle(element);
  const entries = NAMES.map((name) => {
    const value = style.getPropertyValue(`--scene-${name}`).trim();
    if (!value) throw new Error(`style/tokens.css has no --scene-${name}; the scene needs it.`);
    return [name, value] as const;
  });
  return Object.fromEntries(entries) as Record<ColorName, string>;
}

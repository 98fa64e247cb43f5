/** Built-in functions whose results WGSL leaves some room for (15.7.4), within their domains. */
import type { Choices } from './choices.ts';

/** A word of `output` that holds a float: `|a - b| <= tolerance max(1, |b|)`. */
export type Real = { readonly word: number; readonly tolerance: number; readonly text: string };

type Form = readonly [tolerance: number, text: (x: string, y: string) => string];

const small = (x: string) => `clamp(${x} * 0.0625, -3.0, 3.0)`;
const unit = (x: string) => `clamp(${x} * 0.015625, -0.9375, 0.9375)`;
const above = (x: string, least: string) => `(abs(${x}) + ${least})`;

/** x and y are the same to the bit everywhere, of any sign, seldom above 100. */
const FORMS: readonly Form[] = [
  [1e-6, (x, y) => `${x} / ${above(y, '0.5')}`],
  [1e-6, (x) => `sqrt(abs(${x}))`],
  [1e-6, (x) => `inverseSqrt(${above(x, '0.125')})`],
  [2 ** -11, (x) => `sin(${small(x)})`],
  [2 ** -11, (x) => `cos(${small(x)})`],
  [4e-3, (x) => `tan(clamp(${x} * 0.0625, -1.0, 1.0))`],
  [1e-3, (x) => `asin(${unit(x)})`],
  [1e-3, (x) => `acos(${unit(x)})`],
  [5e-4, (x) => `atan(${x})`],
  // Of 0 only where that is no whole, half or quarter: for it WGSL says nothing (SwiftShader: pi).
  [5e-4, (x, y) => `atan2(${x} + 0.03125, ${above(y, '0.5')})`],
  [1e-5, (x) => `sinh(${small(x)})`],
  [1e-5, (x) => `cosh(${small(x)})`],
  [1e-5, (x) => `tanh(${small(x)})`],
  // As inaccurate as log(x + sqrt(x * x + 1)) is for negative x.
  [5e-4, (x) => `asinh(clamp(${x}, -50.0, 50.0))`],
  [1e-5, (x) => `acosh(${above(x, '1.125')})`],
  [1e-5, (x) => `atanh(${unit(x)})`],
  [4e-5, (x) => `exp(clamp(${x}, -40.0, 40.0))`],
  [4e-5, (x) => `exp2(clamp(${x}, -40.0, 40.0))`],
  [1e-6, (x) => `log(${above(x, '0.25')})`],
  [1e-6, (x) => `log2(${above(x, '0.25')})`],
  [1e-4, (x, y) => `pow(${above(x, '0.25')} * 0.125, ${small(y)})`],
  [1e-5, (x, y) => `fma(${x}, ${y}, 0.3)`],
  [1e-5, (x, y) => `mix(${x}, ${y}, 0.3)`],
  [1e-6, (x) => `smoothstep(-2.0, 3.0, ${x})`],
  [1e-6, (x) => `degrees(${x})`],
  [1e-6, (x) => `radians(${x})`],
  [1e-6, (x, y) => `length(vec3<f32>(${x}, ${y}, 1.0))`],
  [1e-6, (x, y) => `distance(vec2<f32>(${x}, 2.0), vec2<f32>(0.5, ${y}))`],
  [2e-6, (x, y) => `normalize(vec2<f32>(${x}, ${above(y, '0.5')})).x`],
  [1e-5, (x, y) => `reflect(vec2<f32>(${x}, ${y}), vec2<f32>(0.6, 0.8)).y`],
  [1e-5, (x, y) => `cross(vec3<f32>(${x}, 0.3, ${y}), vec3<f32>(0.7, ${y}, 1.0)).x`],
  [2 ** -10, (x) => `quantizeToF16(${x})`],
];

export function writeReal(
  choices: Choices,
  float: () => string,
): { text: string; tolerance: number } {
  const [tolerance, write] = choices.oneOf(FORMS);
  return { text: write(float(), float()), tolerance };
}

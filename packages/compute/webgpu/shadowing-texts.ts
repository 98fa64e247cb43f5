/** For tests: texts that declare names which the counting of loops is written with. */

type Text = { readonly what: string; readonly entry: string; readonly wgsl: string };

const OUT = '@group(0) @binding(0) var<storage, read_write> out: array<u32>;';
const MAIN = '@compute @workgroup_size(1) fn main()';
/** In the third line, and without end. */
const loop = (body: string) => `\n{ var i = 0i;\nloop { if (i < 0i) { break; } ${body} } }`;

/** Each runs for ever, in its line 3. */
export const SHADOWING: readonly Text[] = [
  {
    what: 'a function',
    entry: 'main',
    wgsl: `${OUT} fn atomicMax(a: u32) -> u32 { return a; } ${MAIN}${loop('out[0] = atomicMax(1u);')}`,
  },
  {
    what: 'a type',
    entry: 'main',
    wgsl: `${OUT} alias bool = i32; fn one() -> bool { return 1; } ${MAIN}${loop('out[0] = u32(one());')}`,
  },
  {
    what: 'a struct',
    entry: 'main',
    wgsl: `${OUT} struct atomic { u32: f32 } ${MAIN}${loop('var a: atomic; out[0] = u32(a.u32);')}`,
  },
  {
    what: 'a constant',
    entry: 'main',
    wgsl:
      '@group(0) @binding(0) var<storage, read_write> out: array<vec4i>; const u32 = 3;' +
      `${MAIN}${loop('out[0].x = u32;')}`,
  },
  {
    what: 'a private variable',
    entry: 'main',
    wgsl: `${OUT} var<private> u32_: u32; var<private> atomicMax: u32; ${MAIN}${loop('atomicMax += 1u; out[0] = atomicMax;')}`,
  },
  {
    what: 'the entry point',
    entry: 'atomicMax',
    wgsl: `${OUT} @compute @workgroup_size(1) fn atomicMax()${loop('out[0] += 1u;')}`,
  },
  {
    what: 'a parameter',
    entry: 'main',
    wgsl:
      `${OUT} fn g(x: f32) -> vec2f { return vec2f(x); } ${MAIN} { out[0] = u32(f(1.0).x); }` +
      ` fn f(vec2f: f32) -> vec2f\n{\nloop { if (vec2f > 0.0) { continue; } return g(vec2f); } }`,
  },
];

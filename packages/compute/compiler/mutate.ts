/** Kernels that are nearly valid, for fuzzing: they reach further into the compiler than noise. */
import * as fc from 'fast-check';

export const KERNEL = `
struct Body { at: vec3f, mass: f32, list: array<vec2u, 3> }
const N = 4u; override SCALE: f32 = 2.0; alias Bodies = array<Body>;
@group(0) @binding(0) var<storage, read_write> bodies: Bodies;
@group(0) @binding(1) var<uniform> rules: vec4<u32>;
var<workgroup> tile: array<atomic<u32>, 64>;
fn push(body: ptr<function, Body>, by: vec3f) -> f32 {
  (*body).at += by * SCALE;
  if (*body).mass > 1.0 { return (*body).at.x; }
  switch rules.x { case 1, 2: { return -1.0; } default: { return select(0.0, 1.0, N > 3u); } }
}
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  var body = bodies[id.x];
  for (var i = 0u; i < N; i++) { body.list[i % 3u].x ^= bitcast<u32>(push(&body, vec3(1, 2.5, 0))); }
  loop { body.mass *= 0.5; continuing { break if body.mass < 1e-3; } }
  atomicAdd(&tile[id.x & 63u], u32(body.mass));
  workgroupBarrier();
  bodies[id.x] = body;
}
`;

export const TOKENS = [
  ...new Set(KERNEL.match(/[\w.]+|\S/g)),
  'mat3x3f',
  'array',
  '<',
  '>',
  'vec2',
  '1i',
  '0',
  '-1',
  '1e38f',
  'if',
  'loop',
  'let',
  'dot',
  '>>',
  'true',
  '&&',
  '&',
  '*',
  'ptr',
  'private',
  'min',
  'array<array<f32,99999>,99999>',
  '_',
  '\u00e9',
  '"',
];

/** The kernel with tokens exchanged, dropped and doubled. */
export function mutatedKernels(): fc.Arbitrary<string> {
  const edit = fc.record({
    at: fc.nat(),
    cut: fc.nat({ max: 3 }),
    put: fc.array(fc.constantFrom(...TOKENS), { maxLength: 3 }),
  });
  const pieces = KERNEL.match(/[\w.]+|\s+|\S/g)!;
  return fc.array(edit, { minLength: 1, maxLength: 4 }).map((edits) => {
    const out = [...pieces];
    for (const { at, cut, put } of edits) out.splice(at % out.length, cut, ...put);
    return out.join('');
  });
}

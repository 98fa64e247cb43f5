import { expect, test } from 'vitest';
import { WgslError } from '../wgsl-error.ts';
import { checkModule } from './check-module.ts';

const HEADER = `
@group(0) @binding(0) var<storage, read> given: array<u32>;
@group(0) @binding(1) var<storage, read_write> out: array<u32>;
@group(0) @binding(2) var<uniform> rules: vec4u;
var<workgroup> tile: array<u32, 64>;
var<private> mine: u32;
fn wait() { workgroupBarrier(); }
fn same(x: u32) -> u32 { return x * 2u; }
fn waitAndGive(x: u32) -> u32 { workgroupBarrier(); return x; }
fn change(p: ptr<function, u32>, by: u32) { *p += by; }
fn early(x: u32) -> u32 { if x > 3u { return 1u; } return 2u; }
`;

const inEntry = (body: string): string => `${HEADER}
@compute @workgroup_size(64) fn main(
  @builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u, @builtin(global_invocation_id) id: vec3u) {
${body}
}`;

const UNIFORM = [
  'workgroupBarrier();',
  'if rules.x > 3u { workgroupBarrier(); }',
  'if group.x == groups.y - 1u { wait(); } else { storageBarrier(); }',
  'for (var i = 0u; i < given[3]; i++) { workgroupBarrier(); }',
  'var n = rules.y; n += 2u; while n > 0u { n--; workgroupBarrier(); }',
  'if lane > 3u { out[lane] = 1u; } workgroupBarrier();',
  'for (var i = lane; i < 9u; i++) { if i == 4u { break; } continue; } workgroupBarrier();',
  'switch lane { case 1u: { break; } default: {} } workgroupBarrier();',
  'let x = workgroupUniformLoad(&tile[3]); if x > 1u { workgroupBarrier(); }',
  'var n = 1u; change(&n, rules.x); if n > 3u { wait(); }',
  'if same(group.x) > 1u { workgroupBarrier(); }',
  'if early(rules.x) == 1u { workgroupBarrier(); }',
  'workgroupBarrier(); if lane > 3u { return; } out[lane] = 1u;',
  'loop { workgroupBarrier(); if rules.x > 1u { break; } continuing { wait(); } }',
  'if waitAndGive(rules.x) > 1u { workgroupBarrier(); }',
  'var a = array(1u, 2u); a[0] = rules.x; if a[1] > 1u { workgroupBarrier(); }',
  'if arrayLength(&given) > 3u { workgroupBarrier(); }',
];

test.each(UNIFORM)('all invocations meet: %s', (body) => {
  checkModule(inEntry(body));
});

const DIVERGENT = [
  'if lane > 3u { workgroupBarrier(); }',
  'if id.y > 3u { wait(); }',
  'let n = lane * 2u; if n > rules.x { workgroupBarrier(); }',
  'if out[0] > 1u { workgroupBarrier(); }',
  'if tile[0] > 1u { workgroupBarrier(); }',
  'if lane > 3u { return; } workgroupBarrier();',
  'for (var i = 0u; i < lane; i++) { workgroupBarrier(); }',
  'for (var i = 0u; i < 9u; i++) { if i == lane { break; } workgroupBarrier(); }',
  'for (var i = 0u; i < 9u; i++) { workgroupBarrier(); if i == lane { break; } }',
  'for (var i = 0u; i < 9u; i++) { if i == lane { continue; } workgroupBarrier(); }',
  'for (var i = 0u; i < 9u; i++) { if lane == 2u { return; } } workgroupBarrier();',
  'for (var i = 0u; i < 9u; i++) { switch lane { case 1u: { continue; } default: {} } wait(); }',
  'switch lane { case 1u: { workgroupBarrier(); } default: {} }',
  'switch rules.x { case 1u: { if lane > 1u { break; } workgroupBarrier(); } default: {} }',
  'var n = 1u; n += lane; if n > 3u { workgroupBarrier(); }',
  'var n = 1u; if lane > 3u { n = 2u; } if n > 1u { workgroupBarrier(); }',
  'var n = 1u; change(&n, lane); if n > 3u { wait(); }',
  'var n = 1u; let p = &n; *p = lane; if n > 3u { wait(); }',
  'if same(lane) > 1u { workgroupBarrier(); }',
  'if early(lane) == 1u { workgroupBarrier(); }',
  'if waitAndGive(lane) > 1u { workgroupBarrier(); }',
  'mine = lane; if mine > 1u { workgroupBarrier(); }',
  'var a = array(1u, 2u); a[lane & 1u] = 3u; if a[1] > 1u { workgroupBarrier(); }',
  'if lane > 3u { _ = workgroupUniformLoad(&tile[3]); }',
  'loop { if lane > 2u { break; } continuing { wait(); } }',
  'loop { workgroupBarrier(); continuing { break if lane > 2u; } }',
];

test.each(DIVERGENT)('some invocations would wait in vain: %s', (body) => {
  expect(() => checkModule(inEntry(body))).toThrow(WgslError);
  expect(() => checkModule(inEntry(body))).toThrow(/all invocations of a workgroup meet a barrier/);
});

test('the error stands at the barrier and names the condition', () => {
  const body = 'if lane > 3u {\n  out[0] = 1u;\n  workgroupBarrier();\n}';
  const line = inEntry('').split('\n').length - 1;
  expect(() => checkModule(inEntry(body))).toThrow(
    expect.objectContaining({
      line: line + 2,
      column: 3,
      construct: 'workgroupBarrier()',
      message: expect.stringContaining(`condition in line ${line}`),
    }),
  );
});

test('calls that wait and double at every level are let be', () => {
  const count = 14;
  const chain = Array.from({ length: count }, (_, i) => `fn f${i}() { f${i + 1}(); f${i + 1}(); }`);
  checkModule(`${chain.join('\n')} fn f${count}() { workgroupBarrier(); }
    @compute @workgroup_size(1) fn main() { f0(); }`);
});

import { expect, test } from 'vitest';
import { checkModule } from '../compiler/check/check-module.ts';
import { withLoopBudget } from './loop-budget.ts';
import { SHADOWING } from './shadowing-texts.ts';

const WGSL = `// for while loop
fn find(start: u32) -> vec2<u32> {
  loop { if (start == 3u) { return vec2u(1u); } }
}
@compute @workgroup_size(1)
fn main() {
  for (var i = 0u; i < 4u; i++) {
    while (find(i).x == 0u) { /* loop { */ }
  }
}`;

test('every loop counts in its own line, and a function whose loop only returned still returns', () => {
  const { wgsl, binding } = withLoopBudget(WGSL, { loopBudget: 50, bindings: [0, 3] });
  expect(binding).toBe(4);
  const lines = wgsl.split('\n');
  expect(lines[2]).toMatch(/^ {2}loop \{ if \(loopStopped\(3u\)\) \{ break; \} if/);
  expect(lines[3]).toBe('return loopStoppedResult0(); }');
  expect(wgsl).toContain('alias loopStoppedResult0 = vec2<u32>;');
  expect(lines[6]).toMatch(/\{ if \(loopStopped\(7u\)\) \{ break; \}$/);
  expect(lines[7]).toMatch(/\{ if \(loopStopped\(8u\)\) \{ break; \} \/\*/);
  expect(wgsl.match(/break;/g)).toHaveLength(3);
  expect(wgsl).toContain('u32 = 50u;');
  expect(() => checkModule(wgsl)).not.toThrow();
});

test('its own names are none that the text has', () => {
  const text = WGSL.replaceAll('find', 'loopStopped');
  const { wgsl } = withLoopBudget(text, { loopBudget: 1, bindings: [] });
  expect(wgsl).toContain('loopStoppedX(3u)');
  expect(() => checkModule(wgsl)).not.toThrow();
});

test.each(SHADOWING)('$what of the text may have a name that counting needs', ({ wgsl, entry }) => {
  expect(() => checkModule(wgsl)).not.toThrow();
  const counted = withLoopBudget(wgsl, { loopBudget: 5, bindings: [0] });
  expect(checkModule(counted.wgsl).entries[0]!.name).toBe(counted.nameOf(entry));
  expect(counted.wgsl).toContain('atomicMax(&loopStoppedLine, line)');
});

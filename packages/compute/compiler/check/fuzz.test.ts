import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { layoutOf } from '../layout-of.ts';
import { WgslError } from '../wgsl-error.ts';
import mathWgsl from '../../math.wgsl';
import randomWgsl from '../../random.wgsl';
import { KERNEL, TOKENS, mutatedKernels } from '../mutate.ts';
import { checkModule } from './check-module.ts';

/** Whatever the text, the checker ends, with a module or with a WgslError that has a place. */
function expectOrderly(wgsl: string): void {
  const lines = wgsl.split('\n').length;
  for (const run of [() => checkModule(wgsl, {}), () => layoutOf(wgsl, 'Body')]) {
    try {
      run();
    } catch (error) {
      if (!(error instanceof WgslError)) throw error;
      expect(error.line).toBeGreaterThanOrEqual(1);
      expect(error.line).toBeLessThanOrEqual(lines);
      expect(error.column).toBeGreaterThanOrEqual(1);
      expect(error.construct).not.toBe('');
    }
  }
}

test('the kernels under mutation are valid as they stand', () => {
  checkModule(KERNEL);
  checkModule(mathWgsl + randomWgsl);
});

test('arbitrary text never hangs and throws nothing but WgslError', () => {
  fc.assert(fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), expectOrderly));
});

test('arbitrary tokens never hang and throw nothing but WgslError', () => {
  const words = fc.array(fc.constantFrom(...TOKENS), { maxLength: 60 });
  fc.assert(fc.property(words, (list) => expectOrderly(list.join(' '))));
  fc.assert(fc.property(words, (list) => expectOrderly(`fn f() { ${list.join(' ')} }`)));
});

test('kernels with tokens exchanged, dropped and doubled throw nothing but WgslError', () => {
  fc.assert(fc.property(mutatedKernels(), expectOrderly), { numRuns: 500 });
}, 60_000);

const doubled = (kind: (i: number) => string): string =>
  Array.from({ length: 60 }, (_, i) => kind(i + 1)).join('\n');

test('texts that grow without end are refused, not walked', () => {
  const structs = `struct S0 { a: f32 }\n${doubled((i) => `struct S${i} { a: S${i - 1}, b: S${i - 1} }`)}`;
  expect(() => checkModule(structs)).toThrow(WgslError);
  const constants = `const A0 = array(1, 2);\n${doubled((i) => `const A${i} = array(A${i - 1}, A${i - 1});`)}`;
  expect(() => checkModule(constants)).toThrow(WgslError);
  const chain = Array.from({ length: 5000 }, (_, i) => `const A${i} = A${i + 1};`).join('\n');
  expect(() => checkModule(`${chain} const A5000 = 1;`)).toThrow(WgslError);
  const calls = Array.from({ length: 5000 }, (_, i) => `fn f${i}() { f${i + 1}(); }`).join('\n');
  const tooDeep = /^WGSL 4873:\d+: call of 'f4873': functions call one another at most 127 deep/;
  expect(() => checkModule(`${calls} fn f5000() {}`)).toThrow(tooDeep);
});

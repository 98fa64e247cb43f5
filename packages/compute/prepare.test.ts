import { expect, test } from 'vitest';
import type { Binding } from './compiler/interface.ts';
import {
  checkBufferSize,
  checkedBuffers,
  checkRange,
  checkTimes,
  workgroupsFor,
} from './prepare.ts';

type Shape = {
  label: string;
  bytes: number;
  interleavedStrideBytes: number | null;
  disposed: boolean;
  // What PrepareOptions asks of a buffer.
  [Symbol.dispose](): void;
};

const binding = (name: string, more: Partial<Binding> = {}): Binding => ({
  name,
  group: 0,
  binding: 0,
  access: 'read_write',
  interleaved: false,
  elementBytes: 4,
  bytesMin: 4,
  runtimeSized: true,
  ...more,
});

const buffer = (label: string, more: Partial<Shape> = {}): Shape => ({
  label,
  bytes: 64,
  interleavedStrideBytes: null,
  disposed: false,
  [Symbol.dispose]: () => {},
  ...more,
});

const worlds = binding('worlds', { interleaved: true, elementBytes: 16, bytesMin: 16 });
const rewards = binding('rewards');
const rules = binding('rules', { access: 'uniform', bytesMin: 32, elementBytes: 32 });
const kernel = {
  label: 'step',
  entry: { workgroupSize: [64, 1, 1] as const, bindings: ['worlds', 'rewards', 'rules'] },
  bindings: [worlds, rewards, rules, binding('unused')],
};
const good = {
  worlds: buffer('w', { interleavedStrideBytes: 16 }),
  rewards: buffer('r'),
  rules: buffer('u'),
};
const check = (given: Record<string, Shape>) =>
  checkedBuffers(kernel, given, (one) => (one as Shape | undefined) ?? null);

test('what fits is taken, by name; bindings the entry does not use may be left out', () => {
  expect([...check(good).keys()]).toEqual(['worlds', 'rewards', 'rules']);
});

test.each([
  ['a missing buffer', { worlds: good.worlds, rewards: good.rewards }, /'rules' wants a buffer/],
  ['an unknown name', { ...good, reward: good.rewards }, /no binding 'reward'; it has worlds,/],
  ['a disposed buffer', { ...good, rules: buffer('u', { disposed: true }) }, /'u'.*was disposed/],
  ['too few bytes', { ...good, rules: buffer('u', { bytes: 16 }) }, /16 bytes.*at least 32/],
  ['plain for interleaved', { ...good, worlds: buffer('w') }, /interleavedStrideBytes 16, it has/],
  [
    'interleaved for plain',
    { ...good, rewards: buffer('r', { interleavedStrideBytes: 4 }) },
    /is interleaved; name the binding/,
  ],
  ['one buffer written twice', { ...good, rules: good.rewards }, /'r' is bound to 'rewards'/],
])('%s is an error with the names in it', (_, given, message) => {
  expect(() => check(given)).toThrow(message);
});

test('workgroups cover the invocations; beyond 65535 the error says what to do', () => {
  expect(workgroupsFor(kernel, 65, 'webgpu')).toEqual([2, 1, 1]);
  expect(workgroupsFor(kernel, [64, 3, 2], 'webgpu')).toEqual([1, 3, 2]);
  expect(workgroupsFor(kernel, 0, 'webgpu')).toEqual([0, 1, 1]);
  expect(workgroupsFor(kernel, 65535 * 64, 'webgpu')).toEqual([65535, 1, 1]);
  expect(() => workgroupsFor(kernel, 65535 * 64 + 1, 'webgpu')).toThrow(
    /65536 workgroups; at most 65535/,
  );
  expect(() => workgroupsFor(kernel, -1, 'webgpu')).toThrow(/-1 invocations/);
  expect(() => workgroupsFor(kernel, Number.NaN, 'webgpu')).toThrow(/NaN invocations/);
});

test.each([0, -4, 6, 1.5, Number.NaN])('a buffer of %d bytes is refused', (bytes) => {
  expect(() => checkBufferSize('b', bytes)).toThrow(/'b': .* want a positive multiple of 4/);
});

test.each([
  [4, 64],
  [-4, 4],
  [2, 4],
  [0, 3],
])('a range of %d + %d bytes of 64 is refused', (byteOffset, bytes) => {
  expect(() => checkRange(buffer('b'), { byteOffset, bytes })).toThrow(/it has 64/);
});

test('times is a whole number', () => {
  expect(checkTimes()).toBe(1);
  expect(checkTimes(0)).toBe(0);
  expect(() => checkTimes(-1)).toThrow(/times -1/);
  expect(() => checkTimes(0.5)).toThrow(/times 0.5/);
});

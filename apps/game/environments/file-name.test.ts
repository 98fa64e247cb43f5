import { expect, test } from 'vitest';
import { fileNameOf, nameOf } from './file-name.ts';

test('the name is the one of the header', () => {
  expect(nameOf('//! dreampitch environment 1\n//! name: Two words\nname: no')).toBe('Two words');
  expect(nameOf('nothing')).toBe('');
});

test('a file name is plain, whatever the name', () => {
  expect(fileNameOf('Längere Stange / 2')).toBe('la-ngere-stange-2.environment.wgsl');
  expect(fileNameOf('../..')).toBe('environment.environment.wgsl');
});

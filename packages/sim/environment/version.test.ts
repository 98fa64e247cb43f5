import { expect, test } from 'vitest';
import { soccer } from '../soccer/soccer.ts';
import { versionOf } from './version.ts';

test('a version is that of what is computed: comments do not change it, numbers do', async () => {
  const environment = soccer(1);
  const version = await versionOf(environment);
  expect(version).toMatch(/^[0-9a-f]{64}$/);
  const commented = { ...environment, wgsl: `// a comment\n${environment.wgsl}` };
  expect(await versionOf(commented)).toBe(version);
  const lighter = { ...environment, constants: { ...environment.constants, ROBOT_MASS: 0.16 } };
  expect(await versionOf(lighter)).not.toBe(version);
  expect(await versionOf(soccer(2))).not.toBe(version);
});

test('what does not compile has no version', async () => {
  const broken = { ...soccer(1), wgsl: 'fn step( {' };
  await expect(versionOf(broken)).rejects.toThrow('WGSL 1:');
  await expect(versionOf(broken)).rejects.toThrow('WGSL 1:');
});

import { expect, test } from 'vitest';
import { parseRoute, pathOf } from './route.ts';

test.each([
  '/',
  '/data',
  '/data/12',
  '/train',
  '/train/new',
  '/train/runs/7',
  '/train/environments',
  '/train/environments/3',
  '/train/environments/new/CartPole-v1',
])('%s is a page and its own address', (path) => {
  const route = parseRoute(path);
  if (route.panel === 'unknown') throw new Error(path);
  expect(pathOf(route)).toBe(path);
});

test.each([
  '/dat',
  '/data/x',
  '/data/0',
  '/data/1/2',
  '/train/3',
  '/train/runs',
  '/train/runs/x',
  '/data/99999999999999999',
])('%s is unknown, and the page can say so', (path) => {
  expect(parseRoute(path)).toEqual({ panel: 'unknown', path });
});

test('a slash at the end changes nothing', () => {
  expect(parseRoute('/data/')).toEqual(parseRoute('/data'));
});

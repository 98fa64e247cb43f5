/** The address as React state, and how to go elsewhere without loading the page again. */
import { useSyncExternalStore } from 'react';
import type { Route } from './route.ts';
import { parseRoute, pathOf } from './route.ts';

const listeners = new Set<() => void>();
let path = location.pathname;
let route = parseRoute(path);

function update(): void {
  if (location.pathname === path) return;
  path = location.pathname;
  route = parseRoute(path);
  for (const listener of listeners) listener();
}

addEventListener('popstate', update);

export function navigate(
  to: Exclude<Route, { panel: 'unknown' }>,
  how: 'push' | 'replace' = 'push',
): void {
  const next = pathOf(to);
  if (next === location.pathname) return;
  history[how === 'push' ? 'pushState' : 'replaceState'](null, '', next + location.search);
  update();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useRoute(): Route {
  return useSyncExternalStore(subscribe, () => route);
}

/** Which panel an address asks for. Pure; `use-route.ts` joins it with the browser's history. */

export type Route =
  | { readonly panel: 'match' }
  | { readonly panel: 'data'; readonly episodeId: number | null }
  /** All runs; one of them; or a new one being set up. */
  | { readonly panel: 'train'; readonly of?: TrainPlace | undefined }
  /** Environments of one's own: their list, or one of them. */
  | { readonly panel: 'environments'; readonly of: EnvironmentPlace | null }
  | { readonly panel: 'unknown'; readonly path: string };

export type TrainPlace = 'new' | { readonly run: number };

/** A kept environment, or one that begins as a template. */
export type EnvironmentPlace = { readonly id: number } | { readonly template: string };

const ID = /^[1-9]\d{0,14}$/;

export function parseRoute(path: string): Route {
  const parts = path.split('/').filter(Boolean);
  const [first, second] = parts;
  if (first === undefined) return { panel: 'match' };
  if (first === 'data' && second === undefined) return { panel: 'data', episodeId: null };
  if (first === 'data' && parts.length === 2 && ID.test(second!)) {
    return { panel: 'data', episodeId: Number(second) };
  }
  if (first === 'train' && second === undefined) return { panel: 'train' };
  if (first === 'train' && second === 'new' && parts.length === 2) {
    return { panel: 'train', of: 'new' };
  }
  if (first === 'train' && second === 'runs' && parts.length === 3 && ID.test(parts[2]!)) {
    return { panel: 'train', of: { run: Number(parts[2]) } };
  }
  if (first === 'train' && second === 'environments') {
    const [, , third, fourth, more] = parts;
    if (third === undefined) return { panel: 'environments', of: null };
    if (fourth === undefined && ID.test(third)) {
      return { panel: 'environments', of: { id: Number(third) } };
    }
    if (third === 'new' && more === undefined && /^[\w-]+$/.test(fourth ?? '')) {
      return { panel: 'environments', of: { template: fourth! } };
    }
  }
  return { panel: 'unknown', path };
}

export function pathOf(route: Exclude<Route, { panel: 'unknown' }>): string {
  switch (route.panel) {
    case 'match':
      return '/';
    case 'data':
      return route.episodeId === null ? '/data' : `/data/${route.episodeId}`;
    case 'train':
      if (route.of === undefined) return '/train';
      return route.of === 'new' ? '/train/new' : `/train/runs/${route.of.run}`;
    case 'environments':
      if (route.of === null) return '/train/environments';
      return 'id' in route.of
        ? `/train/environments/${route.of.id}`
        : `/train/environments/new/${route.of.template}`;
    default:
      throw new Error(`unreachable: ${String(route satisfies never)}`);
  }
}

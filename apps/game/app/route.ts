/** Which panel an address asks for. Pure; `use-route.ts` joins it with the browser's history. */

export type Route =
  | { readonly panel: 'match' }
  | { readonly panel: 'data'; readonly episodeId: number | null }
  | { readonly panel: 'train' }
  | { readonly panel: 'unknown'; readonly path: string };

export function parseRoute(path: string): Route {
  const parts = path.split('/').filter(Boolean);
  const [first, second] = parts;
  if (first === undefined) return { panel: 'match' };
  if (first === 'data' && second === undefined) return { panel: 'data', episodeId: null };
  if (first === 'data' && parts.length === 2 && /^[1-9]\d{0,14}$/.test(second!)) {
    return { panel: 'data', episodeId: Number(second) };
  }
  if (first === 'train' && second === undefined) return { panel: 'train' };
  return { panel: 'unknown', path };
}

export function pathOf(route: Exclude<Route, { panel: 'unknown' }>): string {
  switch (route.panel) {
    case 'match':
      return '/';
    case 'data':
      return route.episodeId === null ? '/data' : `/data/${route.episodeId}`;
    case 'train':
      return '/train';
    default:
      throw new Error(`unreachable: ${String(route satisfies never)}`);
  }
}

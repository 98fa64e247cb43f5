/** Between the Data panel and the Worker that makes datasets. To stop it, end it. */
import type { KeptMatch, ZippedDatasets } from './zip-datasets.ts';

export type Order = { readonly matches: readonly KeptMatch[] };

export type News =
  | { readonly type: 'progress'; readonly done: number }
  | { readonly type: 'zipped'; readonly result: ZippedDatasets }
  | { readonly type: 'failed'; readonly message: string };

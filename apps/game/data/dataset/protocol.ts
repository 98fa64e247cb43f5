/** Between the Data panel and the Worker that makes datasets. To stop it, end it. */
import type { ExportProgress, KeptMatch, ZippedDatasets } from './zip-datasets.ts';

export type Order = { readonly matches: readonly KeptMatch[] };

export type News =
  | ({ readonly type: 'progress' } & ExportProgress)
  | { readonly type: 'zipped'; readonly result: ZippedDatasets }
  | { readonly type: 'failed'; readonly message: string };

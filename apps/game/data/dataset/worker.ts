/** Steps kept matches again and writes what was seen and done: long work, off the page's thread. */
import { openWasm } from '@dreampitch/compute';
import { disposal } from '../../app/disposal.ts';
import { Database } from '../../storage/database.ts';
import { episodeBytes } from '../../storage/episodes.ts';
import type { News, Order } from './protocol.ts';
import { zipDatasets } from './zip-datasets.ts';

void disposal;

function tell(news: News): void {
  postMessage(news);
}

async function make({ matches }: Order): Promise<void> {
  using compute = await openWasm({ threadCount: 1 });
  const database = new Database();
  const result = await zipDatasets(compute, {
    matches,
    bytesOf: (id) => episodeBytes(database, id),
    progress: (done) => tell({ type: 'progress', ...done }),
  });
  tell({ type: 'zipped', result });
}

addEventListener('message', ({ data }: MessageEvent<Order>) => {
  make(data).catch((error: unknown) => {
    tell({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
  });
});

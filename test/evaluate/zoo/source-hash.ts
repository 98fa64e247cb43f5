/** What results of training depend on beside their settings. */
import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const SOURCES = ['learning/algorithms', 'learning/random', 'learning/tensor', 'compute'];

let known: string | null = null;

/** Hex SHA-256 of the text of the packages that training runs through, tests left out. */
export function sourceHash(): string {
  if (known) return known;
  const hash = createHash('sha256');
  const files = SOURCES.flatMap((folder) =>
    globSync(`packages/${folder}/**/*.{ts,wgsl}`, { cwd: ROOT }),
  );
  for (const file of files.toSorted()) {
    if (/\.test\.ts$|-options\.ts$|node_modules/.test(file)) continue;
    hash.update(file).update(readFileSync(join(ROOT, file)));
  }
  known = hash.digest('hex');
  return known;
}

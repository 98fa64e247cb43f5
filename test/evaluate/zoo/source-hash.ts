/** What results of training depend on beside their settings. */
import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..', '..');
/** What all training runs through. */
export const TRAINING = ['learning/algorithms', 'learning/random', 'learning/tensor', 'compute'];

const known = new Map<string, string>();

/** Hex SHA-256 of the text of folders of packages; tests and tables of options left out. */
export function sourceHash(folders: readonly string[]): string {
  const before = known.get(folders.join());
  if (before) return before;
  const hash = createHash('sha256');
  const files = folders.flatMap((folder) =>
    globSync(`packages/${folder}/**/*.{ts,wgsl}`, { cwd: ROOT }),
  );
  for (const file of files.toSorted()) {
    if (/\.test\.ts$|-options\.ts$|node_modules/.test(file)) continue;
    hash.update(file).update(readFileSync(join(ROOT, file)));
  }
  const digest = hash.digest('hex');
  known.set(folders.join(), digest);
  return digest;
}

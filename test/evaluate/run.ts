/** `npm run evaluate -- <name> [--json]`: plays or trains for real, and prints what came of it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type { Figure } from '../bench/figure.ts';
import { printFigures } from '../bench/print.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false } },
});
const name = positionals[0] ?? '';
const path = join(import.meta.dirname, `${name}.ts`);
if (name === 'run' || !/^[a-z-]+$/.test(name) || !existsSync(path)) {
  console.error(`No evaluation is named '${name}'. There are: spine, zoo, zoo-kept.`);
  process.exit(2);
}
const { evaluate } = (await import(pathToFileURL(path).href)) as {
  evaluate: () => Promise<Figure[]>;
};
printFigures(name, await evaluate(), values.json);
process.exit(0);

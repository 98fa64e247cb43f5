/** `npm run evaluate -- <name> [--json] [--jobs 2]`: plays or trains for real, and prints what came of it. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type { Figure } from '../bench/figure.ts';
import { printFigures } from '../bench/print.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    jobs: { type: 'string', default: '1' }, // at a time, where an evaluation has several
  },
});
const name = positionals[0] ?? '';
const names = readdirSync(import.meta.dirname)
  .filter((file) => /^[a-z-]+\.ts$/.test(file) && file !== 'run.ts')
  .map((file) => file.slice(0, -'.ts'.length));
if (!names.includes(name)) {
  console.error(`No evaluation is named '${name}'. There are: ${names.join(', ')}.`);
  process.exit(2);
}
const path = join(import.meta.dirname, `${name}.ts`);
const { evaluate } = (await import(pathToFileURL(path).href)) as {
  evaluate: (o: { jobs: number }) => Promise<Figure[]>;
};
printFigures(name, await evaluate({ jobs: Number(values.jobs) }), values.json);
process.exit(0);

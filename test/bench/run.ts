/** `npm run bench -- <name> [--json]`: runs one bench and prints its figures. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type { Figure } from './figure.ts';
import { printFigures } from './print.ts';

const HARNESS = new Set(['figure', 'print', 'run']);

function benchNames(): string[] {
  return readdirSync(import.meta.dirname)
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => file.slice(0, -'.ts'.length))
    .filter((name) => !HARNESS.has(name));
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false } },
});
const name = positionals[0] ?? '';
const path = join(import.meta.dirname, `${name}.ts`);
if (HARNESS.has(name) || !/^[a-z-]+$/.test(name) || !existsSync(path)) {
  console.error(`No bench is named '${name}'. Benches: ${benchNames().join(', ')}.`);
  process.exit(2);
}
const { bench } = (await import(pathToFileURL(path).href)) as { bench: () => Promise<Figure[]> };
printFigures(name, await bench(), values.json);
process.exit(0); // pools and browsers a bench opened do not keep the command alive

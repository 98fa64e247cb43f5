/**
 * Prints the figures of a bench or an evaluation: a table for people, or with `--json` one JSON
 * object as the last line of standard output.
 */
import { cpus } from 'node:os';
import type { Figure } from './figure.ts';

/** Numbers for people: four significant digits, thousands grouped. */
function shown(value: number): string {
  const rounded = Number(value.toPrecision(4));
  return rounded.toLocaleString('en-GB', { maximumFractionDigits: 6 });
}

function table(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => [
    figure.name,
    shown(figure.value),
    figure.unit,
    `${shown(figure.spread[0])} .. ${shown(figure.spread[1])}`,
  ]);
  const all = [['figure', 'median', 'unit', 'least .. most'], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...all.map((row) => row[column]!.length)));
  const line = (row: string[]) =>
    `${row[0]!.padEnd(widths[0]!)}  ${row[1]!.padStart(widths[1]!)}  ${row[2]!.padEnd(widths[2]!)}  ${row[3]}`;
  return all.map(line).join('\n');
}

export function printFigures(bench: string, figures: readonly Figure[], asJson: boolean): void {
  const processors = cpus();
  const machine = {
    processor: processors[0]?.model ?? 'unknown',
    cores: processors.length,
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
  };
  if (asJson) console.log(JSON.stringify({ bench, machine, figures }));
  else
    console.log(
      `${machine.processor}, ${machine.cores} cores, Node ${machine.node}\n\n${table(figures)}`,
    );
}

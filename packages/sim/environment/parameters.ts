import type { Parameter } from './environment.ts';

/** What constants of a text mean: name, unit and source. */
export type ParameterTable = readonly (readonly [name: string, unit: string, source: string])[];

/** The table with the values that stand in the text. Throws where a constant is missing. */
export function parametersOf(wgsl: string, table: ParameterTable): readonly Parameter[] {
  return table.map(([name, unit, source]) => {
    const found = new RegExp(`^const ${name} = (-?[\\d.]+);`, 'm').exec(wgsl);
    if (!found) throw new Error(`The text has no constant ${name} that is a plain number.`);
    return { name, value: Number(found[1]), unit, source };
  });
}

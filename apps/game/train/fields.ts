/** Numbers of an option table as the form has them: text while they are written. Pure. */
import type { Options, OptionTable } from '@dreampitch/learning';

export type Fields = Readonly<Record<string, string | boolean>>;

/** What a table has unasked. */
export function usual(table: OptionTable): Options {
  const values = Object.entries(table).map(([name, { value }]) => [name, value]);
  return Object.fromEntries(values) as Options;
}

export function fieldsOf(options: Options): Fields {
  const fields = Object.entries(options).map(([name, value]) => {
    if (typeof value === 'boolean') return [name, value];
    return [name, typeof value === 'number' ? String(value) : value.join(', ')];
  });
  return Object.fromEntries(fields) as Fields;
}

/** What is wrong with a field, in words, by its name; none: the draft can be started. */
export function problemsOf(fields: Fields, table: OptionTable): Record<string, string> {
  const problems: Record<string, string> = {};
  for (const [name, option] of Object.entries(table)) {
    if (option.kind === 'boolean') continue;
    const { low, high, kind } = option;
    const numbers = numbersIn(fields[name]);
    const fits = (one: number) =>
      one >= low && one <= high && (kind === 'number' || Number.isInteger(one));
    const counted = kind === 'sizes' || numbers.length === 1;
    if (counted && numbers.every(fits)) continue;
    const what =
      kind === 'number' ? 'a number' : kind === 'sizes' ? 'whole numbers' : 'a whole number';
    problems[name] = `Want ${what} from ${low} to ${high}.`;
  }
  return problems;
}

export function optionsOf(fields: Fields, table: OptionTable): Options {
  const values = Object.entries(table).map(([name, { kind }]) => {
    if (kind === 'boolean') return [name, fields[name] === true];
    const numbers = numbersIn(fields[name]);
    return [name, kind === 'sizes' ? numbers : numbers[0]!];
  });
  return Object.fromEntries(values) as Options;
}

export function numbersIn(field: string | boolean | undefined): number[] {
  const parts = String(field ?? '').split(/[\s,;]+/);
  return parts.filter((part) => part !== '').map(Number);
}

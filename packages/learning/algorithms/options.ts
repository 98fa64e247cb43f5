/** Options of algorithms as tables: for forms, for checks, and for the types in the code. */

type Described = {
  readonly label: string; // for people
  readonly unit: string; // '' where it has none
  readonly words: string;
  readonly source: string;
  /** Worth showing at once; the others are for who asks. */
  readonly basic?: boolean;
};

export type NumberOption = Described & {
  readonly kind: 'number' | 'integer';
  readonly value: number; // the default
  readonly low: number;
  readonly high: number;
  readonly scale: 'linear' | 'log';
};

export type BooleanOption = Described & { readonly kind: 'boolean'; readonly value: boolean };

/** Units of the hidden layers, one number each, within the bounds. */
export type SizesOption = Described & {
  readonly kind: 'sizes';
  readonly value: readonly number[];
  readonly low: number;
  readonly high: number;
};

export type Option = NumberOption | BooleanOption | SizesOption;
export type OptionTable = Readonly<Record<string, Option>>;
export type OptionValue = number | boolean | readonly number[];
export type Options = Readonly<Record<string, OptionValue>>;

/** The values that a table describes. */
export type OptionsOf<Table extends OptionTable> = {
  readonly [name in keyof Table]: Table[name]['value'];
};

type Range = { readonly low: number; readonly high: number; readonly scale?: 'linear' | 'log' };

export function number(value: number, o: Described & Range): NumberOption {
  return { kind: 'number', value, scale: 'linear', ...o };
}

export function integer(value: number, o: Described & Range): NumberOption {
  return { kind: 'integer', value, scale: 'linear', ...o };
}

export function yesNo(value: boolean, o: Described): BooleanOption {
  return { kind: 'boolean', value, ...o };
}

export function sizes(value: readonly number[], o: Described & Range): SizesOption {
  return { kind: 'sizes', value, ...o };
}

export function defaultsOf<Table extends OptionTable>(table: Table): OptionsOf<Table> {
  const values = Object.entries(table).map(([name, option]) => [name, option.value]);
  return Object.fromEntries(values) as OptionsOf<Table>;
}

/**
 * Options as they were kept, with those that came into the table since: a default of a new option is
 * what was done before there was one.
 */
export function optionsKept<Table extends OptionTable>(
  table: Table,
  kept: Options,
): OptionsOf<Table> {
  return { ...defaultsOf(table), ...kept };
}

/** Layers that a network may have. */
const LAYERS_MAX = 8;

/** Throws on the first option that is missing, unknown or out of its range, naming it. */
export function checkOptions(table: OptionTable, options: Options): void {
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(table, name)) continue;
    throw new RangeError(
      `There is no option '${name}'; there are ${Object.keys(table).join(', ')}.`,
    );
  }
  for (const [name, option] of Object.entries(table)) {
    const problem = problemOf(option, options[name]);
    if (problem)
      throw new RangeError(`Option ${name} is ${String(options[name])}; want ${problem}.`);
  }
}

/** What the option wants instead of this value; null: it takes it. */
function problemOf(option: Option, value: OptionValue | undefined): string | null {
  if (option.kind === 'boolean') return typeof value === 'boolean' ? null : 'true or false';
  const { low, high, kind } = option;
  const isNumber = (one: unknown) => typeof one === 'number' && one >= low && one <= high;
  const bounds = `${low} to ${high}`;
  if (kind === 'number') return isNumber(value) ? null : `a number of ${bounds}`;
  if (kind === 'integer') {
    return isNumber(value) && Number.isInteger(value) ? null : `a whole number of ${bounds}`;
  }
  const fits =
    Array.isArray(value) &&
    value.length <= LAYERS_MAX &&
    value.every((one) => isNumber(one) && Number.isInteger(one));
  return fits ? null : `up to ${LAYERS_MAX} whole numbers of ${bounds}`;
}

/** Numbers of a feature, as its file has them, against what the description says of it. */
import {
  DatasetError,
  type Feature,
  INFO_PATH,
  shown,
  sizeOfFeature,
  WRITE_AGAIN,
} from './format.ts';
import type { Row } from './parquet.ts';

/** Types whose values are numbers, by NumPy's names. */
const NUMBERS = /^(?:float(?:16|32|64)|(u?)int(8|16|32|64)|bool)$/;
export const isNumber = (dtype: string) => NUMBERS.test(dtype);

/** [T, size], as f32. `where` ends the message: 'of episode 3 in data/chunk-000/file-000.parquet'. */
export function valuesOf(
  rows: readonly Row[],
  o: { readonly name: string; readonly feature: Feature; readonly where: string },
): Float32Array<ArrayBuffer> {
  const { name, feature, where } = o;
  const size = sizeOfFeature(feature);
  const shape = `[${feature.shape.join(', ')}]`;
  const lists = rows.map((row, t) => {
    const numbers = flat(row[name], feature.shape) ?? flat(row[name], [size]);
    if (numbers) return numbers;
    const got = Array.isArray(row[name]) ? `${row[name].length} in a list` : shown(row[name]);
    const problem = `feature '${name}' wants ${size} numbers in frame ${t} ${where}`;
    throw new DatasetError(`${problem}, shape ${shape} by ${INFO_PATH}; got ${got}`, WRITE_AGAIN);
  });
  const fits = fitting(feature.dtype);
  const values = new Float32Array(rows.length * size); // as many as there were in the file
  for (const [t, list] of lists.entries()) {
    for (const [i, one] of list.entries()) {
      if (!fits(one)) {
        const problem = `feature '${name}' is ${shown(one)} in frame ${t} ${where}`;
        throw new DatasetError(`${problem}; ${INFO_PATH} calls it ${feature.dtype}`, WRITE_AGAIN);
      }
      values[t * size + i] = Number(one);
    }
  }
  return values;
}

/** Row-major; null where it has another shape. A feature of one number is in no list. */
function flat(value: unknown, shape: readonly number[]): unknown[] | null {
  if (!Array.isArray(value)) return shape.every((size) => size === 1) ? [value] : null;
  const [size, ...inner] = shape;
  if (value.length !== size) return null;
  if (inner.length === 0) return value.some(Array.isArray) ? null : value;
  const parts = value.map((one: unknown) => flat(one, inner));
  return parts.includes(null) ? null : (parts as unknown[][]).flat();
}

const isOne = (value: unknown) => typeof value === 'number' || typeof value === 'bigint';

/** Whether a value is a number of the type, and finite as f32. */
function fitting(dtype: string): (value: unknown) => boolean {
  const [, sign, bits] = NUMBERS.exec(dtype) ?? [];
  if (dtype === 'bool') return (value) => typeof value === 'boolean';
  if (!bits) return (value) => isOne(value) && Number.isFinite(Math.fround(Number(value)));
  const [least, most] = sign
    ? [0n, 2n ** BigInt(bits) - 1n]
    : [-(2n ** (BigInt(bits) - 1n)), 2n ** (BigInt(bits) - 1n) - 1n];
  return (value) => {
    if (!isOne(value) || (typeof value === 'number' && !Number.isInteger(value))) return false;
    return value >= least && value <= most;
  };
}

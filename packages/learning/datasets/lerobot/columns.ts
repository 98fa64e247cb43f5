/** Columns of Parquet files, with the schema that pyarrow gives to the same values. */
import type { SchemaElement } from 'hyparquet';
import { ByteWriter, type ColumnSource, ParquetWriter } from 'hyparquet-writer';
import { DatasetError, type Feature, sizeOfFeature } from './format.ts';

/** float32 | int64 | bool, as 0 and 1. */
export type Column = Float32Array | BigInt64Array | Uint8Array;

type Kind = 'float32' | 'float64' | 'int64' | 'bool' | 'string';

/** A column of single values, or of lists of them. */
export type TableColumn = {
  readonly name: string;
  readonly kind: Kind;
  readonly list: boolean;
};

const ELEMENTS: Readonly<Record<Kind, Omit<SchemaElement, 'name'>>> = {
  float32: { type: 'FLOAT' },
  float64: { type: 'DOUBLE' },
  int64: { type: 'INT64' },
  bool: { type: 'BOOLEAN' },
  string: { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } },
};

function elementsOf({ name, kind, list }: TableColumn): SchemaElement[] {
  const optional = { repetition_type: 'OPTIONAL' } as const;
  if (!list) return [{ name, ...optional, ...ELEMENTS[kind] }];
  const type = { converted_type: 'LIST', logical_type: { type: 'LIST' } } as const;
  return [
    { name, ...optional, num_children: 1, ...type },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    { name: 'element', ...optional, ...ELEMENTS[kind] },
  ];
}

/** A Parquet file that is handed out while it grows. */
export class Table {
  readonly #columns: readonly TableColumn[];
  readonly #bytes = new ByteWriter();
  readonly #writer: ParquetWriter;

  constructor(columns: readonly TableColumn[], metadata: Readonly<Record<string, string>> = {}) {
    this.#columns = columns;
    const root = { name: 'schema', num_children: columns.length };
    const kvMetadata = Object.entries(metadata).map(([key, value]) => ({ key, value }));
    this.#writer = new ParquetWriter({
      writer: this.#bytes,
      schema: [root, ...columns.flatMap(elementsOf)],
      // An empty list has an element type that Arrow's reader in Rust refuses (hyparquet-writer 0.17).
      ...(kvMetadata.length > 0 && { kvMetadata }),
      createdBy: 'dreampitch',
    });
  }

  /** Bytes since the beginning, those that were taken included. */
  get byteCount(): number {
    return this.#bytes.offset;
  }

  /** A row group: of every column all values. */
  async append(values: Readonly<Record<string, ColumnSource['data']>>): Promise<void> {
    const columnData = this.#columns.map(({ name }) => ({ name, data: values[name]! }));
    const rowGroupSize = columnData[0]!.data.length;
    await this.#writer.write({ columnData, rowGroupSize });
  }

  async finish(): Promise<void> {
    await this.#writer.finish();
  }

  /** What was written since the last call. */
  take(): Uint8Array<ArrayBuffer> {
    const taken = this.#bytes.getBytes().slice();
    this.#bytes.index = 0;
    return taken;
  }
}

/** What frames can be written with. */
const WRITTEN = {
  float32: Float32Array,
  int64: BigInt64Array,
  bool: Uint8Array,
} as const;
const isWritten = (dtype: string): dtype is keyof typeof WRITTEN => Object.hasOwn(WRITTEN, dtype);

/** Throws where a feature cannot be a column here. */
export function columnOf(name: string, feature: Feature): TableColumn {
  const { dtype, shape } = feature;
  if (!isWritten(dtype)) {
    const known = Object.keys(WRITTEN).join(', ');
    throw new DatasetError(`feature '${name}' is of type ${dtype}; written are ${known}`);
  }
  if (name.includes('/')) throw new DatasetError(`feature '${name}' has a slash in its name`);
  if (shape.length !== 1 || sizeOfFeature(feature) < 1) {
    throw new DatasetError(
      `feature '${name}' has shape [${shape.join(', ')}]; one axis is written`,
    );
  }
  return { name, kind: dtype, list: shape[0] !== 1 };
}

/** Throws where values are of another type or number than the feature's, or are no numbers. */
export function checkColumn(
  name: string,
  o: { feature: Feature; length: number; values: Column | undefined },
): Column {
  const { feature, length, values } = o;
  const type = WRITTEN[feature.dtype as keyof typeof WRITTEN];
  const wanted = `${length} x ${sizeOfFeature(feature)} of ${feature.dtype}`;
  if (!values) throw new DatasetError(`feature '${name}' is missing: want ${wanted}`);
  if (!(values instanceof type) || values.length !== length * sizeOfFeature(feature)) {
    const got = `${values.length} in a ${values.constructor.name}`;
    throw new DatasetError(`feature '${name}' wants ${wanted}, got ${got}`);
  }
  const wrong =
    values instanceof Float32Array ? values.findIndex((one) => !Number.isFinite(one)) : -1;
  if (wrong >= 0) {
    const frame = Math.floor(wrong / sizeOfFeature(feature));
    throw new DatasetError(`feature '${name}' is ${String(values[wrong])} in frame ${frame}`);
  }
  return values;
}

/** Values as rows of a table column. */
export function rowsOf(values: Column, feature: Feature): ColumnSource['data'] {
  const size = sizeOfFeature(feature);
  const single = feature.dtype === 'bool' ? Array.from(values as Uint8Array, Boolean) : values;
  if (size === 1) return single;
  return Array.from({ length: values.length / size }, (_, t) =>
    Array.from(single.slice(t * size, (t + 1) * size) as ArrayLike<number | bigint | boolean>),
  );
}

/**
 * Products on WebGPU: every invocation holds a tile of the result and reads each element of its factors
 * once per step of depth, four at a time where they lie so. Factors are read where they are, by the
 * same sums of digits as on WASM (patches of padded pictures, heads, transposed weights).
 */
import type { ProductShape } from './wasm-blocking.ts';
import { type Axis, type FactorLayout, strideOf } from './wasm-layout.ts';

/** Invocations of a workgroup along columns and rows. */
const GROUP = 8;
/** Rows and columns of an invocation's tile, fewer where there are not so many. */
const TILE = 8;

export type GpuProduct = {
  readonly wgsl: string;
  /** Where the adapter computes with halves, and a factor has them. */
  readonly f16?: () => string;
  readonly invocations: readonly [number, number, number];
};

/** `halves`: which of the factors are f16; sums are f32 in any case. */
export function gpuProduct(
  shape: ProductShape,
  halves: readonly [boolean, boolean] = [false, false],
): GpuProduct {
  const [a, b] = halves.map((one) => (one ? HALVES_IN_WORDS : FLOATS)) as [Elements, Elements];
  const { wgsl, invocations } = productOn(shape, [a, b]);
  if (!halves.includes(true)) return { wgsl, invocations };
  const f16 = () => {
    const [c, d] = halves.map((one) => (one ? HALVES : FLOATS)) as [Elements, Elements];
    return `enable f16;\n${productOn(shape, [c, d]).wgsl}`;
  };
  return { wgsl, invocations, f16 };
}

/** How elements lie in memory, one or four at a time, and how these are read as f32. */
type Elements = {
  readonly one: string;
  readonly four: string;
  readonly readOne: (binding: string, place: string) => string;
  readonly readFour: (binding: string, place: string) => string;
};

const FLOATS: Elements = {
  one: 'f32',
  four: 'vec4f',
  readOne: (binding, place) => `${binding}[${place}]`,
  readFour: (binding, place) => `${binding}[(${place}) / 4u]`,
};
const HALVES: Elements = {
  one: 'f16',
  four: 'vec4h',
  readOne: (binding, place) => `f32(${binding}[${place}])`,
  readFour: (binding, place) => `vec4f(${binding}[(${place}) / 4u])`,
};
const HALVES_IN_WORDS: Elements = {
  one: 'u32',
  four: 'vec2u',
  readOne: (binding, place) => `halfAt(${binding}[(${place}) / 2u], ${place})`,
  readFour: (binding, place) => `fourHalves(${binding}[(${place}) / 4u])`,
};

function productOn(
  shape: ProductShape,
  [elements0, elements1]: readonly [Elements, Elements],
): { wgsl: string; invocations: readonly [number, number, number] } {
  const { batches, rows: M, columns: N, depth: K } = shape;
  const tile = {
    rows: tileOf(M),
    columns: tileOf(N),
    depth: K % 4 === 0 ? 4 : 1,
  };
  const first = new Factor('operand0', shape.first, {
    name: 'row',
    tile: tile.rows,
    elements: elements0,
  });
  const second = new Factor('operand1', shape.second, {
    name: 'column',
    tile: tile.columns,
    elements: elements1,
  });
  const totals = range(tile.rows).map((i) => range(tile.columns).map((j) => `t${i}_${j}`));
  const sums = range(tile.depth).flatMap((k) =>
    totals.flatMap((row, i) =>
      row.map((total, j) => `    ${total} += ${first.element(i, k)} * ${second.element(j, k)};`),
    ),
  );
  const stores = totals.flatMap((row, i) =>
    row.map((total, j) => {
      const guards = [
        ...(M % tile.rows === 0 ? [] : [`row + ${i}u < ${M}u`]),
        ...(N % tile.columns === 0 ? [] : [`column + ${j}u < ${N}u`]),
      ];
      const store = `result[at + ${i * N + j}u] = ${total};`;
      return guards.length === 0 ? `  ${store}` : `  if (${guards.join(' && ')}) { ${store} }`;
    }),
  );
  const wgsl = `@group(0) @binding(0) var<storage, read_write> result: array<f32>;
@group(0) @binding(1) var<storage, read> operand0: array<${first.type}>;
@group(0) @binding(2) var<storage, read> operand1: array<${second.type}>;
@compute @workgroup_size(${GROUP}, ${GROUP})
fn main(@builtin(global_invocation_id) id: vec3u) {
  let row = id.y * ${tile.rows}u;
  let column = id.x * ${tile.columns}u;
  let batch = id.z;
  if (row >= ${M}u || column >= ${N}u) { return; }
${first.prologue(M).join('\n')}
${second.prologue(N).join('\n')}
${totals.flatMap((row) => row.map((total) => `  var ${total} = 0.0;`)).join('\n')}
  for (var k = 0u; k < ${K}u; k += ${tile.depth}u) {
${first.loads(tile.depth).join('\n')}
${second.loads(tile.depth).join('\n')}
${sums.join('\n')}
  }
  let at = batch * ${M * N}u + row * ${N}u + column;
${stores.join('\n')}
}
`;
  const invocations = [Math.ceil(N / tile.columns), Math.ceil(M / tile.rows), batches] as const;
  return { wgsl, invocations };
}

function tileOf(size: number): number {
  return size > TILE / 2 ? TILE : size;
}

/** How one of the factors is read. */
class Factor {
  readonly #layout: FactorLayout;
  readonly #binding: string;
  readonly #name: string;
  readonly #tile: number;
  readonly #elements: Elements;
  /** Four neighbours at once: of depth, or of rows or columns. */
  readonly #along: 'depth' | 'across' | null;

  constructor(
    binding: string,
    layout: FactorLayout,
    o: { name: string; tile: number; elements: Elements },
  ) {
    this.#binding = binding;
    this.#layout = layout;
    this.#name = o.name;
    this.#tile = o.tile;
    this.#elements = o.elements;
    this.#along = this.#vectors();
  }

  get type(): string {
    return this.#along ? this.#elements.four : this.#elements.one;
  }

  #vectors(): 'depth' | 'across' | null {
    const { base, batch, across, depth } = this.#layout;
    if (base % 4 !== 0 || !isAligned(batch)) return null;
    if (runsWhole(depth) && isAligned(across)) return 'depth';
    const whole = runsWhole(across) && this.#tile % 4 === 0 && across.size % this.#tile === 0;
    return whole && isAligned(depth) ? 'across' : null;
  }

  /** Offsets that do not change with the depth; beyond the last row or column they are its own. */
  prologue(size: number): string[] {
    const { base, batch, across } = this.#layout;
    const start = `${base >>> 0}u + ${offsetText(batch, 'batch')}`;
    const step = this.#along === 'across' ? 4 : 1;
    return range(this.#tile / step).map((i) => {
      const place = `${this.#name} + ${i * step}u`;
      const inside = size % this.#tile === 0 ? `(${place})` : `min(${place}, ${size - 1}u)`;
      return `  let ${this.#name}${i} = ${start} + ${offsetText(across, inside)};`;
    });
  }

  /** Everything that a step of so many depths reads. */
  loads(count: number): string[] {
    const { depth } = this.#layout;
    const at = (k: number) => offsetText(depth, `(k + ${k}u)`);
    const name = this.#name;
    if (this.#along === 'depth') {
      return range(this.#tile).map(
        (i) => `    let ${name}V${i} = ${this.#read(`${name}${i} + ${at(0)}`)};`,
      );
    }
    const perDepth = this.#along === 'across' ? this.#tile / 4 : this.#tile;
    const lines: string[] = [];
    for (const k of range(count)) {
      lines.push(`    let ${name}K${k} = ${at(k)};`);
      for (const i of range(perDepth)) {
        lines.push(`    let ${name}V${i}_${k} = ${this.#read(`${name}${i} + ${name}K${k}`)};`);
      }
    }
    return lines;
  }

  #read(place: string): string {
    const { readOne, readFour } = this.#elements;
    return (this.#along ? readFour : readOne)(this.#binding, place);
  }

  /** The element of a row or column of the tile at a depth of the step. */
  element(i: number, k: number): string {
    if (this.#along === 'depth') return `${this.#name}V${i}[${k}]`;
    if (this.#along === 'across') return `${this.#name}V${Math.floor(i / 4)}_${k}[${i % 4}]`;
    return `${this.#name}V${i}_${k}`;
  }
}

function isAligned({ digits }: Axis): boolean {
  return digits.every(({ stride }) => stride % 4 === 0);
}

function runsWhole(axis: Axis): boolean {
  return strideOf(axis) === 1 && axis.size % 4 === 0;
}

/** An axis's offset in u32, which wraps around as negative strides want it. */
function offsetText({ size, digits }: Axis, index: string): string {
  if (digits.length === 0) return '0u';
  const parts = digits.map(({ divide, modulo, stride }) => {
    const above = divide === 1 ? index : `(${index} / ${divide}u)`;
    const digit = divide * modulo < size ? `(${above} % ${modulo}u)` : above;
    return `${digit} * ${stride >>> 0}u`;
  });
  return `(${parts.join(' + ')})`;
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

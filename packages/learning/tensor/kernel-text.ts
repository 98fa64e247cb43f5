/** Writes the WGSL of one kernel: a stored tensor with everything that is computed in its place. */
import type { HandWritten, Target } from '@dreampitch/compute';
import { type AxisMap, coordinatesOf, lookedAt, placeOf, reshapedAt } from './axis-map.ts';
import { fixed, type Form, mentions, mentionsOnly, plus, textOf, times } from './index-form.ts';
import { variable } from './index-form.ts';
import { COLUMNS, type Grid, gridOf, isOfColumns, LANES, WORKGROUP, workgroupOf } from './grid.ts';
import { EXACT_IN_HALVES, F16_MAPS, GPU_MAPS, literal, type Maps, MAPS } from './map-text.ts';
import { type ElementType, type ReduceName, type Tensor, wordCount } from './tensor.ts';

export type KernelText = {
  readonly wgsl: string;
  /** Takes its place on WASM. */
  readonly wasm?: HandWritten;
  /** Takes its place on WebGPU where the adapter computes with halves (`enable f16`). */
  readonly f16?: () => string;
  /** What `operand0`, `operand1` ... are. */
  readonly operands: readonly Tensor[];
  readonly invocations: readonly [number, number, number];
  /** What is computed along, each into its `alongName`. */
  readonly along?: readonly Tensor[];
  /** Every operand that is loaded only at the place that is written. */
  readonly inPlace: ReadonlySet<Tensor>;
};

/** Elements that a reduction takes at a time, where its axis has a multiple of them. */
const STEPS = [4, 3, 2];

type Scope = {
  readonly lines: string[];
  readonly known: Map<string, string>;
  /** What is computed in it stays in it. */
  readonly isBranch?: boolean;
};

export function kernelText(
  tensor: Tensor,
  o: { stored: ReadonlySet<Tensor>; target: Target; along?: readonly Tensor[] | undefined },
): KernelText {
  const text = new KernelWriter(tensor, o).write();
  if (o.target === 'wasm' || !text.hasHalves) return text;
  return { ...text, f16: () => new KernelWriter(tensor, { ...o, f16: true }).write().wgsl };
}

type WriterOptions = {
  readonly stored: ReadonlySet<Tensor>;
  readonly target: Target;
  /** Element-wise and of its shape, and read only where it is written, each after those it reads. */
  readonly along?: readonly Tensor[] | undefined;
  /** Halves are a type of their own, not bits of words. */
  readonly f16?: boolean;
};

class KernelWriter {
  readonly #tensor: Tensor;
  readonly #stored: ReadonlySet<Tensor>;
  readonly #along: readonly Tensor[];
  readonly #maps: Maps;
  readonly #target: Target;
  readonly #f16: boolean;
  #workgroup: number;
  readonly #operands: Tensor[] = [];
  readonly #elsewhere = new Set<Tensor>();
  #values = new Map<Tensor, Map<string, string>>();
  readonly #loops = new Set<string>();
  #scopes: Scope[] = [{ lines: [], known: new Map() }];
  #place = '';
  #names = 0;
  #hasHalves = false;
  #columns = false;

  constructor(tensor: Tensor, o: WriterOptions) {
    this.#tensor = tensor;
    this.#along = o.along ?? [];
    this.#stored = o.along
      ? new Set([...o.stored].filter((one) => !o.along!.includes(one)))
      : o.stored;
    this.#maps = o.target === 'wasm' ? MAPS : GPU_MAPS;
    this.#target = o.target;
    this.#f16 = o.f16 ?? false;
    this.#workgroup = WORKGROUP[o.target];
  }

  write(): KernelText & { readonly hasHalves: boolean } {
    const invocations = this.#writeEach();
    const bindings = this.#operands.map((operand, i) => {
      const type = this.#f16 && operand.type === 'f16' ? 'f16' : wordOf(operand);
      return `@group(0) @binding(${i + 1}) var<storage, read> operand${i}: array<${type}>;`;
    });
    this.#along.forEach((_, i) => {
      const binding = this.#operands.length + i + 1;
      bindings.push(
        `@group(0) @binding(${binding}) var<storage, read_write> ${alongName(i)}: array<f32>;`,
      );
    });
    const result = this.#f16 && this.#tensor.type === 'f16' ? 'vec2h' : wordOf(this.#tensor);
    const lane = this.#columns ? ', @builtin(local_invocation_id) lane: vec3u' : '';
    const wgsl = [
      ...(this.#f16 ? ['enable f16;'] : []),
      `@group(0) @binding(0) var<storage, read_write> result: array<${result}>;`,
      ...bindings,
      `@compute @workgroup_size(${this.#workgroup})`,
      `fn main(@builtin(${this.#columns ? 'workgroup' : 'global_invocation'}_id) id: vec3u${lane}) {`,
      '  let x = id.x;',
      '  let y = id.y;',
      ...this.#scopes[0]!.lines,
      '}',
      '',
    ].join('\n');
    const inPlace = new Set(this.#operands.filter((one) => !this.#elsewhere.has(one)));
    const hasHalves = this.#hasHalves;
    const along = this.#along;
    return { wgsl, operands: this.#operands, along, invocations, inPlace, hasHalves };
  }

  /** One invocation per element, or per word of two halves. */
  #writeEach(): KernelText['invocations'] {
    const { shape, type } = this.#tensor;
    const count = wordCount(this.#tensor);
    const { row, rows } = gridOf(type === 'f16' ? [count] : shape, this.#workgroup);
    if (this.#target === 'wasm') {
      if (isOfColumns(this.#tensor, { row, rows })) return this.#writeColumns({ row, rows });
      const isReduction = this.#tensor.operator.kind === 'reduce';
      this.#workgroup = workgroupOf(row, isReduction ? 'reduction' : 'element');
    }
    const place = plus(times(variable('y', rows), row), variable('x', row));
    const placeText = textOf(place);
    const guards = [
      ...(row % this.#workgroup === 0 ? [] : [`x < ${row}u`]),
      ...(row * rows === count ? [] : [`${placeText} < ${count}u`]),
    ];
    const guarded = guards.length > 0;
    if (guarded) this.#line(`if (${guards.join(' && ')}) {`);
    if (type === 'f16') {
      // No place is only read where it is written: a word is two elements.
      const [low, high] = [0, 1].map((half) => {
        const at = coordinatesOf(plus(times(place, 2), fixed(half)), shape);
        return this.#f16 ? this.#root(at) : `halfBits(${this.#root(at)})`;
      });
      const word = this.#f16 ? `vec2h(${low}, ${high})` : `${low} | (${high} << 16u)`;
      this.#line(`result[${placeText}] = ${word};`);
    } else {
      this.#place = placeText;
      const at = coordinatesOf(place, shape);
      const along = this.#along.map((one) => this.#value(one, at));
      this.#line(`result[${placeText}] = ${this.#root(at)};`);
      // After all loads: some may be of what is written over.
      along.forEach((value, i) => this.#line(`${alongName(i)}[${placeText}] = ${value};`));
    }
    if (guarded) this.#line('}');
    return [row, rows, 1];
  }

  /**
   * A workgroup is a cache line of columns, which go down the rows side by side: one vector of them after
   * the other takes three times as long where all rows do not fit the first-level cache (measured: sums
   * of 512 rows of 128).
   */
  #writeColumns({ row, rows }: Grid): KernelText['invocations'] {
    const { operator, shape } = this.#tensor;
    if (operator.kind !== 'reduce') throw new Error(`A ${operator.kind} has no columns.`);
    this.#columns = true;
    this.#workgroup = LANES;
    const line = plus(
      times(variable('y', rows), row),
      times(variable('x', row / COLUMNS), COLUMNS),
    );
    const places = Array.from({ length: COLUMNS / LANES }, (_, i) =>
      plus(line, variable('lane.x', LANES), fixed(LANES * i)),
    );
    const ats = places.map((place) => coordinatesOf(place, shape));
    this.#reduce(operator, ats).forEach((total, i) => {
      this.#line(`result[${textOf(places[i]!)}] = ${total};`);
    });
    return [row / (COLUMNS / LANES), rows, 1];
  }

  #root(at: readonly Form[]): string {
    const { operator } = this.#tensor;
    if (operator.kind === 'reduce') return this.#reduce(operator, [at])[0]!;
    return this.#compute(this.#tensor, at);
  }

  /** The value of a tensor at some place: loaded, or computed here. */
  #value(tensor: Tensor, at: readonly Form[]): string {
    const key = at.map(textOf).join();
    const known = this.#values.get(tensor) ?? new Map<string, string>();
    this.#values.set(tensor, known);
    let value = known.get(key);
    value ??= this.#stored.has(tensor) ? this.#load(tensor, at) : this.#compute(tensor, at);
    known.set(key, value);
    return value;
  }

  #load(tensor: Tensor, at: readonly Form[]): string {
    const place = textOf(placeOf(at, tensor.shape));
    let i = this.#operands.indexOf(tensor);
    if (i < 0) i = this.#operands.push(tensor) - 1;
    if (place !== this.#place) this.#elsewhere.add(tensor);
    if (tensor.type === 'f16') this.#hasHalves = true;
    if (tensor.type !== 'f16' || this.#f16) return this.#named(`operand${i}[${place}]`, at);
    return this.#named(`halfAt(operand${i}[(${place}) >> 1u], ${place})`, at);
  }

  #compute(tensor: Tensor, at: readonly Form[]): string {
    const { operator, inputs } = tensor;
    const isHalf = tensor.type === 'f16';
    if (isHalf) this.#hasHalves = true;
    switch (operator.kind) {
      case 'constant': {
        if (!isHalf) return literal(operator.value, tensor.type);
        const rounded = `roundToHalf(${literal(operator.value, 'f32')})`;
        return this.#named(this.#f16 ? `f16(${rounded})` : rounded, []);
      }
      case 'index':
        return textOf(placeOf(at, tensor.shape));
      case 'map': {
        const operands = inputs.map((input) => this.#value(input, at));
        const maps = this.#f16 && isHalf ? F16_MAPS : this.#maps;
        const text = maps[operator.name](operands[0]!, operands[1]!, operands[2]!);
        const rounds = isHalf && !this.#f16 && !EXACT_IN_HALVES.has(operator.name);
        return this.#named(rounds ? `roundToHalf(${text})` : text, at);
      }
      case 'reshape':
        return this.#value(
          inputs[0]!,
          reshapedAt(at, { from: tensor.shape, to: inputs[0]!.shape }),
        );
      case 'view':
        return this.#view(tensor, operator.axes, at);
      case 'gather': {
        const rowCount = inputs[0]!.shape[0]!;
        const row = this.#value(inputs[1]!, [at[0]!]);
        const name = this.#named(`min(${row}, ${rowCount - 1}u)`, at);
        if (mentions(at[0]!, this.#loops)) this.#loops.add(name);
        return this.#value(inputs[0]!, [variable(name, rowCount), at[1]!]);
      }
      case 'stop-gradient':
      case 'after':
        return this.#value(inputs[0]!, at);
      case 'input':
      case 'state':
      case 'reduce':
      case 'matmul':
      case 'placeholder':
      case 'scan':
      case 'scan-result':
        throw new Error(`A ${operator.kind} is not computed within another kernel.`);
      default:
        throw new Error(`unreachable: ${String(operator satisfies never)}`);
    }
  }

  #view(tensor: Tensor, axes: readonly AxisMap[], at: readonly Form[]): string {
    const source = tensor.inputs[0]!;
    const places = lookedAt(axes, at);
    const guarded = places.filter((_, axis) => axes[axis]!.guarded);
    const guards = axes.flatMap((map, axis) =>
      map.guarded ? [`${textOf(places[axis]!)} < ${source.shape[axis]}u`] : [],
    );
    if (guards.length === 0) return this.#value(source, places);
    const guard = guards.join(' && ');
    const value = () => this.#value(source, places);
    if (guarded.every((place) => mentionsOnly(place, 'y'))) {
      return this.#branch(guard, { at, type: tensor.type, value });
    }
    return this.#named(`select(${literal(0, tensor.type)}, ${value()}, ${guard})`, at);
  }

  /** Computed only where it is wanted, which all of a workgroup agree on: of joined parts one is read. */
  #branch(
    guard: string,
    o: { at: readonly Form[]; type: ElementType; value: () => string },
  ): string {
    const type = o.type === 'f16' && !this.#f16 ? 'f32' : o.type;
    const name = this.#name('part');
    const { lines } = this.#scopeOf(o.at);
    const before = this.#values;
    this.#values = new Map([...before].map(([tensor, known]) => [tensor, new Map(known)]));
    const inner: Scope = { lines: [], known: new Map(), isBranch: true };
    this.#scopes.push(inner);
    const value = o.value();
    this.#scopes.pop();
    this.#values = before;
    const assigned = [...inner.lines, `  ${name} = ${value};`].map((line) => `  ${line}`);
    lines.push(`  var ${name}: ${type};`, `  if (${guard}) {`, ...assigned, '  }');
    return name;
  }

  /** The names of its results at some places. */
  #reduce(
    operator: { name: ReduceName; axes: readonly number[] },
    ats: readonly (readonly Form[])[],
  ): string[] {
    const source = this.#tensor.inputs[0]!;
    const { name, axes } = operator;
    const sizes = axes.map((axis) => source.shape[axis]!);
    const totals = ats.map(() => this.#name('total'));
    const place = this.#name('place');
    const neutral = this.#neutral(name, source.type);
    for (const total of totals) this.#line(`var ${total} = ${neutral};`);
    if (name === 'argmax') this.#line(`var ${place} = 0u;`);
    const valueAt = (at: readonly Form[], places: readonly Form[]) => {
      let kept = 0;
      const inside = source.shape.map((_, axis) => {
        const i = axes.indexOf(axis);
        return i < 0 ? at[kept++]! : places[i]!;
      });
      return this.#value(source, inside);
    };
    const larger = source.type === 'f32' ? 'largerOrNan' : 'max';
    const join = (a: string, b: string) =>
      name === 'sum' ? `${a} + ${b}` : `${larger}(${a}, ${b})`;
    // Several at a time: rows are then loaded by whole vectors on WASM, and fewer sums wait for another.
    const [outer, size] = [sizes.slice(0, -1), sizes.at(-1)!];
    const step = name === 'argmax' ? 1 : (STEPS.find((one) => size % one === 0) ?? 1);
    this.#loop([...outer, size / step], (counts) => {
      const first = times(counts.at(-1)!, step);
      return totals.map((total, i) => {
        const values = Array.from({ length: step }, (_, k) =>
          valueAt(ats[i]!, [...counts.slice(0, -1), plus(first, fixed(k))]),
        );
        if (name !== 'argmax') return `${total} = ${join(total, paired(values, join))};`;
        const [value] = values as [string];
        const wins = `${value} > ${total}`;
        const k = textOf(counts[0]!);
        const moved = `${place} = select(${place}, ${k}, ${wins});`;
        return `${moved} ${total} = select(${total}, ${value}, ${wins});`;
      });
    });
    return name === 'argmax' ? [place] : totals;
  }

  /** What a reduction begins with. A constant may not be infinite, a variable's bits may. */
  #neutral(name: ReduceName, type: ElementType): string {
    if (name === 'sum' || type === 'u32') return literal(0, type);
    const bits = this.#name('bits');
    this.#line(`var ${bits} = 0xff800000u;`);
    return `bitcast<f32>(${bits})`;
  }

  /** Nested loops; `body` computes within the innermost and returns its last statements. */
  #loop(sizes: readonly number[], body: (places: readonly Form[]) => string[]): void {
    const names = sizes.map(() => this.#name('k'));
    for (const name of names) this.#loops.add(name);
    const inner: Scope = { lines: [], known: new Map() };
    this.#scopes.push(inner);
    const last = body(names.map((name, i) => variable(name, sizes[i]!)));
    this.#scopes.pop();
    names.forEach((name, i) => {
      if (sizes[i] !== 1) this.#line(`for (var ${name} = 0u; ${name} < ${sizes[i]}u; ${name}++) {`);
    });
    for (const line of [...inner.lines, ...last.map((one) => `  ${one}`)]) this.#line(line);
    for (const size of sizes) if (size !== 1) this.#line('}');
  }

  /** Gives a value a name once, outside of the loops where it does not change in them. */
  #named(text: string, at: readonly Form[]): string {
    for (const scope of this.#scopes) {
      const known = scope.known.get(text);
      if (known) return known;
    }
    const scope = this.#scopeOf(at);
    const name = this.#name(at.some((form) => mentions(form, this.#loops)) ? 'w' : 'v');
    scope.lines.push(`  let ${name} = ${text};`);
    scope.known.set(text, name);
    return name;
  }

  /** Where a value at that place is computed. */
  #scopeOf(at: readonly Form[]): Scope {
    const [outer, innermost] = [this.#scopes[0]!, this.#scopes.at(-1)!];
    const inLoop = at.some((form) => mentions(form, this.#loops));
    return inLoop || innermost.isBranch ? innermost : outer;
  }

  #line(line: string): void {
    this.#scopes.at(-1)!.lines.push(`  ${line}`);
  }

  #name(prefix: string): string {
    return `${prefix}${this.#names++}`;
  }
}

/** The binding of what is computed along as the first, second ... */
export function alongName(i: number): string {
  return `along${i}`;
}

/** Of neighbours, then of pairs, and so on. */
function paired(values: readonly string[], join: (a: string, b: string) => string): string {
  if (values.length === 1) return values[0]!;
  const half = values.length >> 1;
  return `(${join(paired(values.slice(0, half), join), paired(values.slice(half), join))})`;
}

/** Two halves are a word. */
function wordOf({ type }: Tensor): string {
  return type === 'f16' ? 'u32' : type;
}

/**
 * Runs a kernel by walking its checked tree, one invocation after the other: slow, simple, and
 * sharing nothing with lowering, analysis and emission. What compiled kernels are held against.
 * Invocations of a workgroup are coroutines, which wait for each other at barriers.
 */
import { checkModule } from '../check/check-module.ts';
import type {
  BuiltinInput,
  Typed,
  TypedFunction,
  TypedStatement,
  Variable,
} from '../check/typed.ts';
import { zeroOf } from '../check/constants.ts';
import { bitsOf, foldBinary, foldUnary, fromBits } from '../ir/scalar-arithmetic.ts';
import { elementOf, partsOf, scalarCount } from '../types.ts';
import { builtin, binary, converted, kindOf, map, matrixProduct } from './operations.ts';
import { type Place, type Value, bufferPlace, clampIndex, copyOf, localPlace } from './place.ts';

export type InterpretOptions = {
  readonly buffers: Readonly<Record<string, Float32Array | Int32Array | Uint32Array>>;
  readonly groups: readonly [number, number, number];
  readonly constants?: Readonly<Record<string, number>>;
  /** Default: the module's first entry point. */
  readonly entry?: string;
};

/** Runs an entry point on the buffers. */
export function interpret(wgsl: string, options: InterpretOptions): void {
  const { entries, bindings } = checkModule(wgsl, options.constants ?? {});
  const entry = entries.find((one) => one.name === options.entry) ?? entries[0];
  const shared = new Map<Variable, Place>();
  for (const variable of bindings) {
    const { buffer, byteOffset, byteLength } = options.buffers[variable.name]!;
    shared.set(
      variable,
      bufferPlace(variable.type, new DataView(buffer, byteOffset, byteLength), 0),
    );
  }
  const [groupsX, groupsY, groupsZ] = options.groups;
  const [sizeX, sizeY, sizeZ] = entry!.workgroupSize;
  const perGroup = sizeX * sizeY * sizeZ;
  for (let n = 0; n < groupsX * groupsY * groupsZ; n++) {
    const group = split(n, groupsX, groupsY);
    const places = new Map(shared);
    const inputsOf = (lane: number): Record<BuiltinInput, Value> => {
      const local = split(lane, sizeX, sizeY);
      return {
        global_invocation_id: local.map((x, i) => x + group[i]! * entry!.workgroupSize[i]!),
        local_invocation_id: local,
        local_invocation_index: lane,
        workgroup_id: group,
        num_workgroups: [groupsX, groupsY, groupsZ],
      };
    };
    const running = Array.from({ length: perGroup }, (_, lane) => {
      const inputs = inputsOf(lane);
      const args = entry!.inputs.map((input): Value =>
        typeof input === 'string' ? inputs[input] : input.map((one) => inputs[one]),
      );
      return new Invocation(places).start(entry!.function, args);
    });
    // Each runs to its next barrier, then all go on.
    while (running.filter((one) => !one.next().done).length > 0) {
      // Waiting is all.
    }
  }
}

function split(n: number, x: number, y: number): number[] {
  return [n % x, Math.floor(n / x) % y, Math.floor(n / (x * y))];
}

type Way = 'next' | 'break' | 'continue' | 'return';

class Invocation {
  /** Of the buffers and of the workgroup's own memory. */
  readonly #shared: Map<Variable, Place>;
  /** By the id of a variable or a let: ids are unique in a module, and there is no recursion. */
  readonly #places = new Map<number, Place>();
  readonly #lets = new Map<number, Value | Place>();
  #result: Value = 0;

  constructor(shared: Map<Variable, Place>) {
    this.#shared = shared;
  }

  /** Yields at barriers. */
  *start(callee: TypedFunction, args: readonly (Value | Place)[]): Generator<void, Value> {
    callee.parameters.forEach((parameter, i) => this.#lets.set(parameter.id, args[i]!));
    yield* this.#run(callee.body);
    return this.#result;
  }

  /** A call within an expression, where no barrier may stand. */
  #call(callee: TypedFunction, args: readonly (Value | Place)[]): Value {
    const { done, value } = this.start(callee, args).next();
    if (done) return value;
    throw new Error('interpret: a barrier within an expression');
  }

  *#run(body: readonly TypedStatement[]): Generator<void, Way> {
    for (const statement of body) {
      const way = yield* this.#statement(statement);
      if (way !== 'next') return way;
    }
    return 'next';
  }

  *#statement(statement: TypedStatement): Generator<void, Way> {
    switch (statement.kind) {
      case 'var': {
        const { variable, init } = statement;
        this.#declare(variable, init);
        return 'next';
      }
      case 'let':
        if (isBuiltin(statement.init, 'workgroupUniformLoad')) {
          yield;
          this.#lets.set(statement.let.id, this.#any(statement.init));
          yield;
        } else this.#lets.set(statement.let.id, this.#any(statement.init));
        return 'next';
      case 'block':
        return yield* this.#run(statement.body);
      case 'assign':
        this.#assign(statement);
        return 'next';
      case 'if':
        return yield* this.#run(
          this.#value(statement.condition) === 1 ? statement.then : statement.else,
        );
      case 'loop':
        return yield* this.#loop(statement);
      case 'switch': {
        const selector = this.#value(statement.selector) as number;
        const chosen =
          statement.cases.find((one) => one.values.includes(selector)) ??
          statement.cases.find((one) => one.isDefault)!;
        const way = yield* this.#run(chosen.body);
        return way === 'break' ? 'next' : way;
      }
      case 'return':
        if (statement.value) this.#result = this.#value(statement.value);
        return 'return';
      case 'call': {
        const { call } = statement;
        if (isBuiltin(call, 'workgroupBarrier') || isBuiltin(call, 'storageBarrier')) yield;
        else if (call.kind === 'call') {
          yield* this.start(
            call.function,
            call.args.map((one) => this.#any(one)),
          );
        } else this.#any(call);
        return 'next';
      }
      default:
        return statement.kind;
    }
  }

  #declare(variable: Variable, init: Typed | null): Place {
    const value = init ? this.#value(init) : (zeroOf(variable.type) as Value);
    const place = localPlace(variable.type, [copyOf(value)], 0);
    if (variable.space === 'workgroup') this.#shared.set(variable, place);
    else this.#places.set(variable.id, place);
    return place;
  }

  #assign(statement: TypedStatement & { kind: 'assign' }): void {
    const { target, operator } = statement;
    if (!target) return void this.#any(statement.value);
    const swizzle = target.kind === 'swizzle';
    const places = swizzle
      ? target.components.map((component) => this.#place(target.base).part(component))
      : [this.#place(target)];
    const right = this.#value(statement.value);
    const before = places.map((place) => place.read());
    const whole = swizzle && places.length > 1 ? before : before[0]!;
    const value = operator ? binary(operator, kindOf(target.type), whole, right) : right;
    places.forEach((place, i) => place.write(places.length > 1 ? (value as Value[])[i]! : value));
  }

  *#loop(statement: TypedStatement & { kind: 'loop' }): Generator<void, Way> {
    if (statement.init) yield* this.#statement(statement.init);
    while (!statement.condition || this.#value(statement.condition) === 1) {
      const way = yield* this.#run(statement.body);
      if (way === 'return') return way;
      if (way === 'break') break;
      yield* this.#run(statement.continuing);
      if (statement.breakIf && this.#value(statement.breakIf) === 1) break;
    }
    return 'next';
  }

  #place(expression: Typed): Place {
    switch (expression.kind) {
      case 'variable': {
        const { variable } = expression;
        return (
          this.#shared.get(variable) ??
          this.#places.get(variable.id) ??
          this.#declare(variable, variable.init)
        );
      }
      case 'dereference':
        return this.#any(expression.pointer) as Place;
      case 'index':
        return this.#place(expression.base).part(this.#value(expression.index) as number);
      case 'field':
        return this.#place(expression.base).part(expression.field);
      case 'swizzle':
        return this.#place(expression.base).part(expression.components[0]!);
      default:
        throw new Error(`interpret: ${expression.kind} is no place`);
    }
  }

  #value(expression: Typed): Value {
    return this.#any(expression) as Value;
  }

  /** A value, or of a pointer the place it points to. */
  #any(expression: Typed): Value | Place {
    switch (expression.kind) {
      case 'constant':
        return copyOf(expression.value as Value);
      case 'let':
        return this.#lets.get(expression.let.id)!;
      case 'variable':
      case 'dereference':
        return this.#place(expression).read();
      case 'index':
        return this.#index(expression);
      case 'field':
        return (this.#value(expression.base) as Value[])[expression.field]!;
      case 'swizzle': {
        const base = this.#value(expression.base) as Value[];
        const parts = expression.components.map((component) => base[component]!);
        return parts.length === 1 ? parts[0]! : parts;
      }
      case 'address':
        return this.#place(expression.place);
      case 'unary': {
        const kind = kindOf(expression.type);
        const operator = expression.operator === '-' ? 'neg' : 'not';
        return map([this.#value(expression.operand)], (x) => foldUnary(operator, kind, x));
      }
      case 'binary':
        return this.#binary(expression);
      case 'call':
        return this.#call(
          expression.function,
          expression.args.map((one) => this.#any(one)),
        );
      case 'builtin':
        return this.#builtin(expression);
      case 'construct':
        return this.#construct(expression);
      case 'bitcast': {
        const [from, to] = [kindOf(expression.operand.type), kindOf(expression.type)];
        return map([this.#value(expression.operand)], (x) => fromBits(to, bitsOf(from, x)));
      }
      default:
        throw new Error(`unreachable: ${String(expression satisfies never)}`);
    }
  }

  /** Of a place only the part is read; a value is indexed whole. */
  #index(expression: Typed & { kind: 'index' }): Value {
    let root = expression.base;
    while (root.kind === 'index' || root.kind === 'field') root = root.base;
    if (root.kind === 'variable' || root.kind === 'dereference')
      return this.#place(expression).read();
    const base = this.#value(expression.base) as Value[];
    return base[clampIndex(this.#value(expression.index) as number, base.length)]!;
  }

  #binary({ operator, left, right }: Typed & { kind: 'binary' }): Value {
    const a = this.#value(left);
    if (operator === '&&' || operator === '||') {
      return (a === 1) === (operator === '&&') ? this.#value(right) : a;
    }
    const b = this.#value(right);
    const matrices = left.type.kind === 'matrix' || right.type.kind === 'matrix';
    if (matrices && operator === '*') return matrixProduct(a, b);
    return binary(operator, kindOf(left.type), a, b);
  }

  #construct({ type, args }: Typed & { kind: 'construct' }): Value {
    const values = args.map((argument) => this.#value(argument));
    if (args.length === 0) return zeroOf(type) as Value;
    const [only] = args;
    const shapes = args.length === 1 && scalarCount(only!.type) === scalarCount(type);
    if (shapes && elementOf(type) && type.kind !== 'matrix') {
      return converted(only!.type, type, values[0]!);
    }
    const flat = values.flat() as number[];
    if (type.kind === 'matrix') {
      return partsOf(type).map((_, i) => flat.slice(i * type.rows, (i + 1) * type.rows));
    }
    if (type.kind !== 'vector') return values;
    return partsOf(type).map((_, i) => flat[flat.length === 1 ? 0 : i]!);
  }

  #builtin({ name, type, args }: Typed & { kind: 'builtin' }): Value {
    const values = args.map((argument) => this.#any(argument));
    if (name === 'arrayLength') return (values[0] as Place).count;
    if (name === 'workgroupUniformLoad') return (values[0] as Place).read();
    if (!name.startsWith('atomic')) return builtin(name, args[0]!.type, values as Value[]);
    const place = values[0] as Place;
    const before = place.read() as number;
    const operation = ATOMICS[name];
    if (operation) {
      const kind = kindOf(args[1]!.type);
      place.write(foldBinary(operation, kind, before, values[1] as number));
    } else if (name === 'atomicStore' || name === 'atomicExchange')
      place.write(values[1] as number);
    else if (name === 'atomicCompareExchangeWeak') {
      if (before === values[1]) place.write(values[2] as number);
      return [before, Number(before === values[1])];
    } else if (name !== 'atomicLoad') throw new Error(`interpret: ${name} of ${type.kind}`);
    return before;
  }
}

function isBuiltin(expression: Typed, name: string): boolean {
  return expression.kind === 'builtin' && expression.name === name;
}

const ATOMICS: Readonly<Record<string, Parameters<typeof foldBinary>[0]>> = {
  atomicAdd: 'add',
  atomicSub: 'sub',
  atomicMin: 'min',
  atomicMax: 'max',
  atomicAnd: 'and',
  atomicOr: 'or',
  atomicXor: 'xor',
};

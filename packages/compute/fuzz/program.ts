/** Random compute programs whose results are the same on every conforming implementation. */
import type { Choices } from './choices.ts';
import {
  anyType,
  ExpressionWriter,
  type FunctionShape,
  type Place,
  sameValueType,
  type Scope,
  typeText,
  type ValueType,
} from './expressions.ts';
import {
  WORKGROUP_INPUTS,
  WORKGROUP_SIZE,
  WORKGROUP_VARIABLES,
  writeExchange,
} from './workgroup.ts';

/** Words of `input` and of `output` that each invocation has. */
export const INPUT_WORDS = 4;
export const OUTPUT_WORDS = 8;

const U32: ValueType = { scalar: 'u32', size: 1 };
const EXPRESSION_DEPTH = 3;
const LOOP_BUDGET = 100_000_000;
const NESTING_MAX = 3;
const LOOPS_MAX = 2;
const STATEMENTS_MAX = 6;
/** Fields of the struct that `states` holds; its stride is 48. */
const STATE_FIELDS: readonly Place[] = [
  { text: 'a', type: U32, writable: true },
  { text: 'b', type: { scalar: 'f32', size: 1 }, writable: true },
  { text: 'c', type: { scalar: 'i32', size: 3 }, writable: true },
  { text: 'd', type: { scalar: 'u32', size: 2 }, writable: true },
];
export const STATE_BYTES = 64;
const STATE_STRUCT = `
struct State { a: u32, b: f32, c: vec3<i32>, d: vec2<u32>, e: array<u32, 4> }
`;

export type Program = {
  readonly wgsl: string;
  /** Whether `states` is to be interleaved on WASM. */
  readonly interleaved: boolean;
  /** Never reached; counting must not change what a program does. */
  readonly loopBudget: number | undefined;
};

/**
 * `wild`: indexes may lie out of range, and words of `scrap` are written wherever.
 * Bindings: input (read), output and states (read_write), limits (uniform), counters (atomic),
 * scrap (read_write, in wild programs).
 */
export function writeProgram(choices: Choices, wild = false): Program {
  const interleaved = choices.onceIn(2);
  const workgroup = choices.onceIn(3);
  // WebGPU cannot count a loop with a barrier in it (webgpu/loop-budget.ts).
  const loopBudget = !workgroup && choices.onceIn(4) ? LOOP_BUDGET : undefined;
  const functions: FunctionShape[] = [];
  const changers: Changer[] = [];
  const texts: string[] = [];
  for (let count = choices.below(4); count > 0; count--) {
    const writer = new BodyWriter(choices, { functions, changers, wild });
    const name = `f${texts.length}`;
    const written = choices.onceIn(3) ? writer.changer(name) : writer.function(name);
    texts.push(written.text);
    if ('result' in written.shape) functions.push(written.shape);
    else changers.push(written.shape);
  }
  const scrap = wild ? SCRAP : '';
  const main = new BodyWriter(choices, { functions, changers, wild }).main(workgroup);
  const variables = `${BINDINGS}${scrap}${workgroup ? WORKGROUP_VARIABLES : ''}`;
  return {
    wgsl: `${STATE_STRUCT}${variables}${texts.join('\n')}\n${main}`,
    interleaved,
    loopBudget,
  };
}

const BINDINGS = `
@group(0) @binding(0) var<storage, read> input: array<u32>;
@group(0) @binding(1) var<storage, read_write> output: array<u32>;
@group(0) @binding(2) var<storage, read_write> states: array<State>;
@group(0) @binding(3) var<uniform> limits: vec4<u32>;
@group(0) @binding(4) var<storage, read_write> counters: array<atomic<u32>>;
var<private> m0: u32 = 5u;
var<private> m1: vec2<f32>;
`;

const SCRAP = `@group(0) @binding(5) var<storage, read_write> scrap: array<u32>;
`;

/** A float gives its sixteenths: exact, and without the sign of zero. */
function bitsOf(text: string, scalar: ValueType['scalar']): string {
  switch (scalar) {
    case 'u32':
      return text;
    case 'i32':
      return `bitcast<u32>(${text})`;
    case 'f32':
      return `bitcast<u32>(i32(${text} * 16.0))`;
    case 'bool':
      return `u32(${text})`;
    default:
      throw new Error(`unreachable: ${String(scalar satisfies never)}`);
  }
}

/** A function that changes what its last parameter points to. */
type Changer = { readonly name: string; readonly type: ValueType };

type Known = {
  readonly functions: readonly FunctionShape[];
  readonly changers: readonly Changer[];
  readonly wild: boolean;
};

/** Module-scope variables of each invocation. */
const PRIVATES: readonly Place[] = [
  { text: 'm0', type: U32, writable: true },
  { text: 'm1', type: { scalar: 'f32', size: 2 }, writable: true },
];

/** Writes one function's body. */
class BodyWriter {
  readonly #choices: Choices;
  readonly #functions: readonly FunctionShape[];
  readonly #changers: readonly Changer[];
  readonly #wild: boolean;
  readonly #places: Place[] = [];
  readonly #arrays: { name: string; type: ValueType }[] = [];
  #nextName = 0;
  #loops = 0;
  /** What `return` needs here; null in the entry point. */
  #result: ValueType | null = null;

  constructor(choices: Choices, known: Known) {
    this.#wild = known.wild;
    this.#choices = choices;
    this.#functions = [...known.functions];
    this.#changers = [...known.changers];
    this.#places.push(...PRIVATES);
  }

  /** Changes a variable of its caller through a pointer. */
  changer(name: string): { text: string; shape: Changer } {
    const type = anyType(this.#choices);
    this.#places.push({ text: 'seed', type: U32, writable: false });
    this.#places.push({ text: '(*p)', type, writable: true });
    const list = `seed: u32, p: ptr<function, ${typeText(type)}>`;
    const body = this.#block(0);
    const text = `fn ${name}(${list}) {\n${body}  (*p) = ${this.#expression(type)};\n}`;
    return { text, shape: { name, type } };
  }

  function(name: string): { text: string; shape: FunctionShape } {
    const result = anyType(this.#choices);
    const parameters = Array.from({ length: 1 + this.#choices.below(3) }, () =>
      anyType(this.#choices),
    );
    this.#result = result;
    // Every function has a `seed`, from which leaves of any type can be made.
    this.#places.push({ text: 'seed', type: U32, writable: false });
    parameters.forEach((type, i) => this.#places.push({ text: `p${i}`, type, writable: false }));
    const list = ['seed: u32', ...parameters.map((type, i) => `p${i}: ${typeText(type)}`)];
    const body = this.#block(0);
    const text = `fn ${name}(${list.join(', ')}) -> ${typeText(result)} {
${body}  return ${this.#expression(result)};
}`;
    return { text, shape: { name, parameters: [U32, ...parameters], result } };
  }

  /** `workgroup`: all invocations run to the end and exchange values on the way. */
  main(workgroup: boolean): string {
    this.#places.push({ text: 'seed', type: U32, writable: false });
    this.#places.push({ text: 'limits.y', type: U32, writable: false });
    for (const field of STATE_FIELDS) {
      this.#places.push({ ...field, text: `state.${field.text}` });
    }
    this.#arrays.push({ name: 'state.e', type: U32 });
    const words = Array.from({ length: INPUT_WORDS }, (_, word) => {
      this.#places.push({ text: `w${word}`, type: U32, writable: true });
      return `  var w${word} = input[id.x * ${INPUT_WORDS}u + ${word}u];\n`;
    });
    let body = this.#block(0);
    for (let count = workgroup ? 1 + this.#choices.below(3) : 0; count > 0; count--) {
      body += this.#exchange() + this.#block(0);
    }
    const outputs = Array.from({ length: OUTPUT_WORDS - 1 }, (_, word) => this.#output(word));
    return `@compute @workgroup_size(${WORKGROUP_SIZE})
fn main(@builtin(global_invocation_id) id: vec3u${workgroup ? WORKGROUP_INPUTS : ''}) {
${workgroup ? '' : '  if (id.x >= limits.x) { return; }\n'}  let seed = input[id.x * ${INPUT_WORDS}u] ^ id.x;
  var state = states[id.x];
${words.join('')}${body}${outputs.join('')}${this.#fold()}  states[id.x] = state;
}`;
  }

  #exchange(): string {
    return writeExchange({
      choices: this.#choices,
      number: () => this.#expression(U32),
      variable: () => this.#choices.oneOf(['w0', 'w1', 'w2', 'w3', 'm0']),
      name: () => this.#name('x'),
      statements: () => this.#block(NESTING_MAX),
      wild: this.#wild,
    });
  }

  #output(word: number): string {
    const type = anyType(this.#choices);
    const value = this.#expression(type);
    const one = type.size === 1 ? value : `${value}.${'xyzw'[this.#choices.below(type.size)]}`;
    const bits = bitsOf(one, type.scalar);
    return `  output[id.x * ${OUTPUT_WORDS}u + ${word}u] = ${bits};\n`;
  }

  /** Everything in scope in one number, so that no wrong value goes unseen. */
  #fold(): string {
    const all = this.#places.flatMap(({ text, type }) =>
      Array.from({ length: type.size }, (_, i) =>
        bitsOf(type.size === 1 ? text : `${text}[${i}]`, type.scalar),
      ),
    );
    const elements = this.#arrays.flatMap(({ name, type }) =>
      [0, 1, 2, 3].map((i) => bitsOf(`${name}[${i}]`, type.scalar)),
    );
    const lines = [...all, ...elements].map((bits) => `  fold = fold * 31u + ${bits};\n`);
    const word = OUTPUT_WORDS - 1;
    return `  var fold = 0u;
${lines.join('')}  output[id.x * ${OUTPUT_WORDS}u + ${word}u] = fold;
`;
  }

  get #scope(): Scope {
    const wild = this.#wild;
    return { places: this.#places, arrays: this.#arrays, functions: this.#functions, wild };
  }

  #expression(type: ValueType): string {
    return new ExpressionWriter(this.#choices, this.#scope).of(type, EXPRESSION_DEPTH);
  }

  #name(prefix: string): string {
    return `${prefix}${this.#nextName++}`;
  }

  /** Statements; what they declare ends with them. */
  #block(nesting: number): string {
    const [places, arrays] = [this.#places.length, this.#arrays.length];
    let text = '';
    for (let count = this.#choices.below(STATEMENTS_MAX); count > 0; count--) {
      text += this.#statement(nesting);
    }
    if (nesting > 0) {
      this.#places.length = places;
      this.#arrays.length = arrays;
    }
    return text;
  }

  #statement(nesting: number): string {
    const simple = [
      () => this.#declaration(),
      () => this.#assignment(),
      () => this.#assignment(),
      () => this.#arrayStatement(),
      () => this.#atomic(),
      () => this.#change(),
    ];
    const nested = [
      () => this.#if(nesting),
      () => this.#loop(nesting),
      () => this.#switch(nesting),
      () => this.#return(),
    ];
    const forms = nesting < NESTING_MAX ? [...simple, ...nested] : simple;
    const indent = '  '.repeat(nesting + 1);
    const lines = this.#choices.oneOf(forms)().split('\n');
    return `${lines.map((line) => (line.startsWith(' ') || !line ? line : indent + line)).join('\n')}\n`;
  }

  #declaration(): string {
    const type = anyType(this.#choices);
    const writable = this.#choices.onceIn(2);
    const value = this.#expression(type);
    const text = this.#name('v');
    this.#places.push({ text, type, writable });
    return `${writable ? 'var' : 'let'} ${text}: ${typeText(type)} = ${value};`;
  }

  /** To a variable, a component, with an operator or without. */
  #assignment(): string {
    const writable = this.#places.filter((place) => place.writable);
    if (writable.length === 0) return this.#declaration();
    const { text, type } = this.#choices.oneOf(writable);
    if (type.size > 1 && this.#choices.onceIn(2)) {
      const one: ValueType = { scalar: type.scalar, size: 1 };
      const component = this.#choices.onceIn(2)
        ? `[${this.#expression(U32)}${this.#wild ? '' : ' & 1u'}]`
        : `.${'xyzw'[this.#choices.below(type.size)]}`;
      return `${text}${component} = ${this.#expression(one)};`;
    }
    const value = this.#expression(type);
    if (type.scalar === 'f32' || this.#choices.onceIn(2)) return `${text} = ${value};`;
    return `${text} ${this.#choices.oneOf(['+', '-', '*', '^', '|', '&', '%', '/'])}= ${value};`;
  }

  #arrayStatement(): string {
    if (this.#arrays.length > 0 && this.#choices.onceIn(2)) {
      const { name, type } = this.#choices.oneOf(this.#arrays);
      const writer = new ExpressionWriter(this.#choices, this.#scope);
      return `${name}[${writer.index(2)}] = ${this.#expression(type)};`;
    }
    const type: ValueType = { ...anyType(this.#choices), size: 1 };
    const parts = Array.from({ length: 4 }, () => this.#expression(type));
    const name = this.#name('a');
    this.#arrays.push({ name, type });
    return `var ${name} = array<${typeText(type)}, 4>(${parts.join(', ')});`;
  }

  #change(): string {
    const changer = this.#choices.oneOf(this.#changers.length > 0 ? this.#changers : [null]);
    const variables = this.#places.filter(
      ({ text, type, writable }) =>
        changer && writable && /^[vw]/.test(text) && sameValueType(type, changer.type),
    );
    if (!changer || variables.length === 0) return this.#assignment();
    const { text } = this.#choices.oneOf(variables);
    return `${changer.name}(${this.#expression(U32)}, &${text});`;
  }

  /** Only operations whose end result does not depend on their order, one kind to a counter. */
  #atomic(): string {
    const operations = ['atomicAdd', 'atomicMax', 'atomicXor', 'atomicOr'];
    const which = this.#choices.below(operations.length);
    if (this.#wild && this.#choices.onceIn(2)) {
      return `scrap[${this.#expression(U32)}] = ${this.#expression(U32)};`;
    }
    return `${operations[which]}(&counters[${which}u], ${this.#expression(U32)});`;
  }

  #if(nesting: number): string {
    const condition = this.#expression({ scalar: 'bool', size: 1 });
    const then = this.#block(nesting + 1);
    const indent = '  '.repeat(nesting + 1);
    if (this.#choices.onceIn(2)) return `if (${condition}) {\n${then}${indent}}`;
    return `if (${condition}) {\n${then}${indent}} else {\n${this.#block(nesting + 1)}${indent}}`;
  }

  /** At most eight times, whatever the body does to its own variables. */
  #loop(nesting: number): string {
    if (this.#loops >= LOOPS_MAX) return this.#assignment();
    this.#loops++;
    const counter = this.#name('i');
    const indent = '  '.repeat(nesting + 1);
    const bound = this.#choices.oneOf(['3u', `(${this.#expression(U32)} & 7u)`, 'limits.z']);
    this.#places.push({ text: counter, type: U32, writable: false });
    let body = this.#block(nesting + 1);
    if (this.#choices.onceIn(2)) {
      const jump = this.#choices.oneOf(['break', 'continue']);
      const condition = this.#expression({ scalar: 'bool', size: 1 });
      body += `${indent}  if (${condition}) { ${jump}; }\n${this.#block(nesting + 1)}`;
    }
    this.#places.splice(
      this.#places.findIndex((place) => place.text === counter),
      1,
    );
    this.#loops--;
    switch (this.#choices.below(3)) {
      case 0:
        return `for (var ${counter} = 0u; ${counter} < ${bound}; ${counter}++) {\n${body}${indent}}`;
      case 1: {
        // Counted before the body, which may `continue`.
        const count = `${indent}  ${counter}++;\n`;
        return `var ${counter} = 0u;\n${indent}while (${counter} < ${bound}) {\n${count}${body}${indent}}`;
      }
      default: {
        const exit = `${indent}  if (${counter} >= ${bound}) { break; }\n`;
        const next = `${indent}  continuing { ${counter} += 1u; }\n`;
        return `var ${counter} = 0u;\n${indent}loop {\n${exit}${body}${next}${indent}}`;
      }
    }
  }

  #switch(nesting: number): string {
    const selector = `${this.#expression(U32)} & 3u`;
    const indent = '  '.repeat(nesting + 1);
    const cases = ['case 0u', 'case 2u, 3u', 'default'].map(
      (label) => `${indent}  ${label}: {\n${this.#block(nesting + 1)}${indent}  }\n`,
    );
    return `switch (${selector}) {\n${cases.join('')}${indent}}`;
  }

  #return(): string {
    if (!this.#result) return this.#assignment();
    const condition = this.#expression({ scalar: 'bool', size: 1 });
    return `if (${condition}) { return ${this.#expression(this.#result)}; }`;
  }
}

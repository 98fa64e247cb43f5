/** Writes the bodies of random functions and entry points. */
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
import { type Layout, INPUT_WORDS, OUTPUT_WORDS, REAL_WORDS, STATE_FIELDS } from './layout.ts';
import { bitsOf, foldOf } from './fold.ts';
import { type Real, writeReal } from './reals.ts';
import { structPlaces, structStatement } from './structs.ts';
import { WORKGROUP_INPUTS, writeExchange } from './workgroup.ts';

const U32: ValueType = { scalar: 'u32', size: 1 };
const BOOL: ValueType = { scalar: 'bool', size: 1 };
const EXPRESSION_DEPTH = 3;
const NESTING_MAX = 3;
const LOOPS_MAX = 2;
const STATEMENTS_MAX = 6;

/** How an entry point is written. */
export type EntryShape = {
  readonly name: string;
  readonly layout: Layout;
  /** All invocations run to the end and exchange values on the way. */
  readonly workgroup: boolean;
  /** Whether it ends with numbers that are only nearly the same everywhere. */
  readonly reals: boolean;
};

/** A function that changes what its last parameter points to. */
export type Changer = { readonly name: string; readonly type: ValueType };

export type Known = {
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
export class BodyWriter {
  readonly #choices: Choices;
  readonly #functions: readonly FunctionShape[];
  readonly #changers: readonly Changer[];
  readonly #wild: boolean;
  readonly #places: Place[] = [];
  readonly #arrays: { name: string; type: ValueType }[] = [];
  #nextName = 0;
  #loops = 0;
  /** What `return` needs here; null where nothing is returned. */
  #result: ValueType | null = null;
  /** Whether an entry point may end early: not where others wait for it. */
  #mayReturn = false;
  #hasStructs = false;

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

  entry({ name, layout, workgroup, reals }: EntryShape): { text: string; reals: Real[] } {
    this.#mayReturn = !workgroup;
    this.#places.push({ text: 'seed', type: U32, writable: false });
    this.#places.push({ text: 'limits.y', type: U32, writable: false });
    for (const field of STATE_FIELDS) {
      this.#places.push({ ...field, text: `state.${field.text}` });
    }
    this.#arrays.push({ name: 'state.e', type: U32 });
    const words = Array.from({ length: INPUT_WORDS }, (_, word) => {
      this.#places.push({ text: `w${word}`, type: U32, writable: true });
      return `  var w${word} = input[at * ${INPUT_WORDS}u + ${word}u];\n`;
    });
    const hasStructs = this.#choices.onceIn(2);
    if (hasStructs) this.#places.push(...structPlaces(this.#wild));
    this.#hasStructs = hasStructs;
    let body = this.#block(0);
    for (let count = workgroup ? 1 + this.#choices.below(3) : 0; count > 0; count--) {
      body += this.#exchange() + this.#block(0);
    }
    const outputs = Array.from({ length: OUTPUT_WORDS - REAL_WORDS - 1 }, (_, word) =>
      this.#output(word),
    );
    const made = reals ? this.#reals() : [];
    const text = `@compute @workgroup_size(${layout.size.join(', ')})
fn ${name}(@builtin(global_invocation_id) id: vec3u${workgroup ? WORKGROUP_INPUTS : ''}) {
  let at = ${layout.index};
${workgroup ? '' : '  if (at >= limits.x) { return; }\n'}  let seed = input[at * ${INPUT_WORDS}u] ^ (at * scale);
  var state = states[at];
${hasStructs ? '  let q = &outers[at];\n  var local = outers[at];\n' : ''}${words.join('')}${body}${outputs.join('')}${made.map(({ text }) => text).join('')}${foldOf(this.#places, this.#arrays)}  states[at] = state;
}`;
    return { text, reals: made.map(({ real }) => real) };
  }

  #reals(): { text: string; real: Real }[] {
    const float = () => this.#expression({ scalar: 'f32', size: 1 });
    return Array.from({ length: REAL_WORDS }, (_, i) => {
      const { text, tolerance } = writeReal(this.#choices, float);
      const word = OUTPUT_WORDS - REAL_WORDS + i;
      const line = `  output[at * ${OUTPUT_WORDS}u + ${word}u] = bitcast<u32>(${text});\n`;
      return { text: line, real: { word, tolerance, text } };
    });
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
    return `  output[at * ${OUTPUT_WORDS}u + ${word}u] = ${bits};\n`;
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
      () => this.#matrix(),
      () => this.#struct(),
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
    if (type.size > 1 && this.#choices.onceIn(4)) return this.#swizzled(text, type);
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

  /** To several components at once, in any order. */
  #swizzled(text: string, { scalar, size }: ValueType): string {
    const letters = 'xyzw'.slice(0, size).split('');
    const count = 2 + this.#choices.below(size - 1);
    let names = '';
    while (names.length < count) {
      const [letter] = letters.splice(this.#choices.below(letters.length), 1);
      names += letter;
    }
    return `${text}.${names} = ${this.#expression({ scalar, size: count as 2 | 3 | 4 })};`;
  }

  /** A matrix, whose columns are vectors that may be changed. */
  #matrix(): string {
    const columns = this.#choices.oneOf([2, 3, 4] as const);
    const column: ValueType = { scalar: 'f32', size: this.#choices.oneOf([2, 3, 4] as const) };
    const parts = Array.from({ length: columns }, () => this.#expression(column));
    const name = this.#name('k');
    for (let i = 0; i < columns; i++) {
      this.#places.push({ text: `${name}[${i}]`, type: column, writable: true });
    }
    return `var ${name} = mat${columns}x${column.size}<f32>(${parts.join(', ')});`;
  }

  #struct(): string {
    if (!this.#hasStructs) return this.#assignment();
    return structStatement({
      choices: this.#choices,
      expression: (type) => this.#expression(type),
      wild: this.#wild,
    });
  }

  #arrayStatement(): string {
    if (this.#arrays.length > 0 && this.#choices.onceIn(2)) {
      const { name, type } = this.#choices.oneOf(this.#arrays);
      const writer = new ExpressionWriter(this.#choices, this.#scope);
      return `${name}[${writer.index(2)}] = ${this.#expression(type)};`;
    }
    const scalar = this.#choices.oneOf(['u32', 'i32', 'f32', 'bool'] as const);
    const type: ValueType = { scalar, size: 1 };
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
    const condition = this.#expression(BOOL);
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
    const bound = this.#choices.oneOf([
      '3u',
      `(${this.#expression(U32)} & 7u)`,
      'limits.z',
      'rounds',
    ]);
    this.#places.push({ text: counter, type: U32, writable: false });
    let body = this.#block(nesting + 1);
    if (this.#choices.onceIn(2)) {
      const jump = this.#choices.oneOf(['break', 'continue']);
      const condition = this.#expression(BOOL);
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
      (label) => `${indent}  ${label}: {\n${this.#caseBody(nesting)}${indent}  }\n`,
    );
    return `switch (${selector}) {\n${cases.join('')}${indent}}`;
  }

  /** Left in the middle, now and then: the switch, or the round of the loop around it. */
  #caseBody(nesting: number): string {
    const body = this.#block(nesting + 1);
    if (!this.#choices.onceIn(3)) return body;
    const jump = this.#loops > 0 && this.#choices.onceIn(2) ? 'continue' : 'break';
    const indent = '  '.repeat(nesting + 2);
    return `${body}${indent}if (${this.#expression(BOOL)}) { ${jump}; }\n${this.#block(nesting + 1)}`;
  }

  #return(): string {
    if (!this.#result && !this.#mayReturn) return this.#assignment();
    const condition = this.#expression(BOOL);
    if (!this.#result) {
      const word = this.#choices.below(OUTPUT_WORDS - REAL_WORDS);
      const value = this.#expression(U32);
      return `if (${condition}) { output[at * ${OUTPUT_WORDS}u + ${word}u] = ${value}; return; }`;
    }
    return `if (${condition}) { return ${this.#expression(this.#result)}; }`;
  }
}

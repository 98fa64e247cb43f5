/** Random compute programs whose results are the same on every conforming implementation. */
import { BodyWriter, type Changer } from './body.ts';
import type { Choices } from './choices.ts';
import type { FunctionShape } from './expressions.ts';
import { anyLayout, type Layout, STATE_STRUCT } from './layout.ts';
import type { Real } from './reals.ts';
import { STRUCTS } from './structs.ts';
import { WORKGROUP_VARIABLES } from './workgroup.ts';

const LOOP_BUDGET = 100_000_000;

export type Program = {
  readonly wgsl: string;
  /** In the order in which they run. */
  readonly entries: readonly string[];
  readonly layout: Layout;
  /** Values of its overrides. */
  readonly constants: Readonly<Record<string, number>>;
  /** Whether `states` and `outers` are to be interleaved on WASM. */
  readonly interleaved: boolean;
  /** Never reached; counting must not change what a program does. */
  readonly loopBudget: number | undefined;
  /** Words of `output` that hold floats, and how near they are to be. */
  readonly reals: readonly Real[];
};

export type ProgramOptions = {
  /** Indexes may lie out of range, and words of `scrap` are written wherever. Default false. */
  readonly wild?: boolean;
  /** Floats that are only nearly the same everywhere, too. Default false. */
  readonly reals?: boolean;
};

/**
 * Bindings: input (read), output, states and outers (read_write), limits (uniform), counters
 * (atomic), scrap (read_write, in wild programs).
 */
export function writeProgram(
  choices: Choices,
  { wild = false, reals = false }: ProgramOptions = {},
): Program {
  const interleaved = choices.onceIn(2);
  const workgroup = choices.onceIn(3);
  // WebGPU cannot count a loop with a barrier in it (webgpu/loop-budget.ts).
  const loopBudget = !workgroup && choices.onceIn(4) ? LOOP_BUDGET : undefined;
  const layout = anyLayout(choices, workgroup);
  const constants = {
    ...(choices.onceIn(2) ? { scale: 1 + choices.below(1000) } : {}),
    ...(choices.onceIn(2) ? { rounds: choices.below(5) } : {}),
  };
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
  const entry = (name: string, withReals: boolean) =>
    new BodyWriter(choices, { functions, changers, wild }).entry({
      name,
      layout,
      workgroup,
      reals: withReals,
    });
  const main = entry('main', reals);
  const second = choices.onceIn(4) ? [entry('second', false).text] : [];
  const variables = `${BINDINGS}${wild ? SCRAP : ''}${workgroup ? WORKGROUP_VARIABLES : ''}`;
  return {
    wgsl: [STATE_STRUCT, STRUCTS, variables, ...texts, main.text, ...second].join('\n'),
    entries: second.length > 0 ? ['main', 'second'] : ['main'],
    layout,
    constants,
    interleaved,
    loopBudget,
    reals: main.reals,
  };
}

const BINDINGS = `
override scale: u32 = 1u;
override rounds: u32 = 2u;
@group(0) @binding(0) var<storage, read> input: array<u32>;
@group(0) @binding(1) var<storage, read_write> output: array<u32>;
@group(0) @binding(2) var<storage, read_write> states: array<State>;
@group(0) @binding(3) var<uniform> limits: vec4<u32>;
@group(0) @binding(4) var<storage, read_write> counters: array<atomic<u32>>;
@group(0) @binding(6) var<storage, read_write> outers: array<Outer>;
var<private> m0: u32 = 5u;
var<private> m1: vec2<f32>;
`;

const SCRAP = `@group(0) @binding(5) var<storage, read_write> scrap: array<u32>;
`;

/** Statements in which the invocations of a workgroup exchange values, in uniform control flow. */
import type { Choices } from './choices.ts';

export const WORKGROUP_SIZE = 64;
export const WORKGROUP_VARIABLES = `
var<workgroup> tile: array<u32, ${WORKGROUP_SIZE}>;
var<workgroup> total: atomic<u32>;
var<workgroup> flag: u32;
`;
/** Parameters of the entry point beside the global id. */
export const WORKGROUP_INPUTS =
  ', @builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3u';

/** What the statements are made of. */
export type Ingredients = {
  readonly choices: Choices;
  /** An expression of type u32. */
  readonly number: () => string;
  /** A u32 variable that may be changed. */
  readonly variable: () => string;
  /** A new name. */
  readonly name: () => string;
  /** Statements without a barrier. */
  readonly statements: () => string;
  /** Indexes may lie out of range. */
  readonly wild: boolean;
};

/** One exchange, alone, in a loop that all run alike, or in a branch that all take alike. */
export function writeExchange(made: Ingredients): string {
  switch (made.choices.below(4)) {
    case 0:
      return throughTile(made);
    case 1:
      return throughAtomic(made);
    case 2: {
      const turn = made.name();
      const bound = made.choices.oneOf(['2u', 'limits.z', '(group.x + 1u)']);
      return `  for (var ${turn} = 0u; ${turn} < ${bound}; ${turn}++) {
${made.statements()}${throughTile(made)}  }
`;
    }
    default: {
      const uniform = made.name();
      return `  if (lane == ${made.choices.below(WORKGROUP_SIZE)}u) { flag = ${made.number()}; }
  let ${uniform} = workgroupUniformLoad(&flag);
  if ((${uniform} & 1u) == 0u) {
${throughTile(made)}  } else {
${made.statements()}${throughAtomic(made)}  }
  ${made.variable()} += ${uniform};
`;
    }
  }
}

/** Everyone writes a place of its own and reads one of anybody's. */
function throughTile({ number, variable, wild }: Ingredients): string {
  const index = wild ? number() : `${number()} & ${WORKGROUP_SIZE - 1}u`;
  return `  tile[lane] = ${number()};
  workgroupBarrier();
  ${variable()} ^= tile[${index}];
  workgroupBarrier();
`;
}

/** Sums and maxima do not depend on who comes first. */
function throughAtomic({ choices, number, variable }: Ingredients): string {
  const operation = choices.oneOf(['atomicAdd', 'atomicMax', 'atomicXor']);
  return `  atomicStore(&total, 3u);
  workgroupBarrier();
  ${operation}(&total, ${number()});
  workgroupBarrier();
  ${variable()} += atomicLoad(&total);
  workgroupBarrier();
`;
}

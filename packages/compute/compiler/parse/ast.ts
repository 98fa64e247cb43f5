/** The tree that the parser builds: what was written, with offsets into the text, nothing resolved. */

export type Name = { kind: 'name'; at: number; name: string; template: Expression[] | null };

export type LiteralType = 'abstract-int' | 'abstract-float' | 'i32' | 'u32' | 'f32' | 'bool';

export type BinaryOperator =
  | '+'
  | '-'
  | '*'
  | '/'
  | '%'
  | '&'
  | '|'
  | '^'
  | '<<'
  | '>>'
  | '=='
  | '!='
  | '<'
  | '<='
  | '>'
  | '>='
  | '&&'
  | '||';

export type UnaryOperator = '-' | '!' | '~' | '*' | '&';

export type Expression =
  | Name
  | { kind: 'literal'; at: number; type: LiteralType; value: number }
  | { kind: 'call'; at: number; callee: Name; args: Expression[] }
  | { kind: 'index'; at: number; base: Expression; index: Expression }
  | { kind: 'member'; at: number; base: Expression; member: string }
  | { kind: 'unary'; at: number; operator: UnaryOperator; operand: Expression }
  | {
      kind: 'binary';
      at: number;
      operator: BinaryOperator;
      left: Expression;
      right: Expression;
      parenthesised?: boolean;
    };

export type LocalDeclaration = {
  kind: 'declare';
  at: number;
  how: 'let' | 'const' | 'var';
  name: string;
  type: Name | null;
  init: Expression | null;
  /** Offset after the declaration: of its semicolon. */
  end: number;
};

export type SwitchCase = {
  at: number;
  /** `null` stands for `default`. */
  selectors: (Expression | null)[];
  body: Statement[];
};

export type Statement =
  | LocalDeclaration
  | { kind: 'block'; at: number; body: Statement[] }
  | {
      kind: 'assign';
      at: number;
      /** `null` for `_ = value`. */
      target: Expression | null;
      operator: BinaryOperator | null;
      value: Expression;
      /** `x++` and `x--`, which take integers only. */
      isStep: boolean;
    }
  | { kind: 'if'; at: number; condition: Expression; then: Statement[]; else: Statement[] | null }
  | {
      kind: 'for';
      at: number;
      init: Statement | null;
      condition: Expression | null;
      update: Statement | null;
      body: Statement[];
    }
  | {
      kind: 'loop';
      at: number;
      body: Statement[];
      continuing: Statement[];
      breakIf: Expression | null;
    }
  | { kind: 'switch'; at: number; selector: Expression; cases: SwitchCase[] }
  | { kind: 'break'; at: number }
  | { kind: 'continue'; at: number }
  | { kind: 'return'; at: number; value: Expression | null }
  | { kind: 'call'; at: number; call: Expression & { kind: 'call' } }
  | { kind: 'assert'; at: number; condition: Expression };

export type Attribute = { at: number; name: string; args: Expression[] };

export type Parameter = { at: number; name: string; type: Name; attributes: Attribute[] };

export type FunctionDeclaration = {
  kind: 'function';
  at: number;
  name: string;
  attributes: Attribute[];
  parameters: Parameter[];
  result: Name | null;
  body: Statement[];
};

export type StructDeclaration = {
  kind: 'struct';
  at: number;
  name: string;
  members: Parameter[];
};

export type GlobalDeclaration = {
  kind: 'global';
  at: number;
  how: 'var' | 'const' | 'override';
  name: string;
  attributes: Attribute[];
  /** Of `var<space, access>`. */
  space: string | null;
  access: string | null;
  type: Name | null;
  init: Expression | null;
  /** From the first character of the value (or where one would stand) to the semicolon. */
  initAt: number;
  end: number;
};

export type AliasDeclaration = { kind: 'alias'; at: number; name: string; type: Name };

export type Module = {
  structs: StructDeclaration[];
  globals: GlobalDeclaration[];
  functions: FunctionDeclaration[];
  aliases: AliasDeclaration[];
  asserts: { at: number; condition: Expression }[];
};

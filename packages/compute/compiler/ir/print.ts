/** The intermediate form as text, for tests and for whoever looks into the compiler. */
import { type Item, type Kernel, type Memory, type Region, type Value, isValue } from './ir.ts';

/** `note` is appended to every value, such as its shape. */
export function printKernel(kernel: Kernel, note: (value: Value) => string = () => ''): string {
  const lines: string[] = [];
  printRegion(kernel.body, '', lines, note);
  return lines.join('\n');
}

function printRegion(
  region: Region,
  indent: string,
  lines: string[],
  note: (value: Value) => string,
): void {
  const inner = (body: Region) => printRegion(body, `${indent}  `, lines, note);
  for (const item of region.items) {
    const text = isValue(item) ? `${printValue(item)}${note(item)}` : printItem(item);
    lines.push(indent + text);
    if (item.op === 'if') {
      inner(item.then);
      if (item.else.items.length > 0) {
        lines.push(`${indent}else`);
        inner(item.else);
      }
    } else if (item.op === 'loop') inner(item.body);
    else if (item.op === 'block') inner(item.label.body);
  }
}

function printItem(item: Exclude<Item, Value>): string {
  switch (item.op) {
    case 'set':
      return `${item.slot.name}.${item.slot.id} = ${name(item.value)}`;
    case 'store':
      return `${memoryName(item.memory)}[${name(item.address)} + ${item.offset}] = ${name(item.value)}`;
    case 'if':
      return `if ${name(item.condition)}`;
    case 'block':
      return `block L${item.label.id}`;
    case 'exit':
      return `exit L${item.label.id}`;
    case 'loop':
      return 'loop';
    default:
      throw new Error(`unreachable: ${String(item satisfies never)}`);
  }
}

function printValue(value: Value): string {
  return `v${value.id} = ${operation(value)} ${value.args.map(name).join(' ')}: ${value.kind}`;
}

function operation(value: Value): string {
  switch (value.op) {
    case 'unary':
    case 'binary':
      return value.operator;
    case 'get':
      return `get ${value.slot.name}.${value.slot.id}`;
    case 'load':
      return `load ${memoryName(value.memory)} + ${value.offset} at`;
    case 'atomic':
      return `atomic ${value.operation} ${memoryName(value.memory)} + ${value.offset} at`;
    default:
      return value.op;
  }
}

function name(value: Value): string {
  if (value.op === 'constant') return `${value.value}`;
  if (value.op === 'parameter') return value.index === 0 ? 'first' : 'end';
  return value.op === 'lane' ? 'lane' : `v${value.id}`;
}

function memoryName(memory: Memory): string {
  if (memory.kind === 'binding') return `binding${memory.index}`;
  return memory.kind === 'table' ? 'table' : `${memory.kind}${memory.offset}`;
}

/** Reverse mode on the graph: gradients are graphs themselves, so they fuse and plan like the rest. */
import {
  add,
  constant,
  cos,
  divide,
  equal,
  expand,
  less,
  multiply,
  negate,
  minimum,
  pad,
  permute,
  reshape,
  scatterAdd,
  sign,
  sin,
  slice,
  subtract,
  sum,
  toFloat,
  toHalf,
  matmul,
  transpose,
  where,
} from './operators.ts';
import { sharesOfScan } from './scan-gradient.ts';
import { sameShape, ShapeError, shownShape } from './shape.ts';
import { inOrder, type Tensor, type ViewKind } from './tensor.ts';
import { unwindow } from './windows.ts';

/**
 * Gradients of a single number with respect to tensors of its graph, in their order and shapes; zeros
 * where it does not depend on one. `seed` replaces the 1 at the start (and lifts the limit to a single
 * number).
 */
export function gradients(
  loss: Tensor,
  withRespectTo: readonly Tensor[],
  seed: Tensor = constant(1, loss.type),
): Tensor[] {
  if (!sameShape(loss.shape, seed.shape) || loss.type !== seed.type) {
    const shown = `${shownShape(loss.shape)}, started from ${shownShape(seed.shape)}`;
    throw new ShapeError('gradients', `of a tensor of shape ${shown}; take a sum or a mean first.`);
  }
  const of = backward([[loss, seed]], { withRespectTo });
  return withRespectTo.map(
    (tensor) => of.get(tensor) ?? expand(constant(0, tensor.type), tensor.shape),
  );
}

/**
 * Gradients of tensors, each times its seed, with respect to others, where they depend on them. It does
 * not look behind `leaves`.
 */
export function backward(
  roots: readonly (readonly [Tensor, Tensor])[],
  o: { withRespectTo: readonly Tensor[]; leaves?: ReadonlySet<Tensor> },
): Map<Tensor, Tensor> {
  const wanted = new Set(o.withRespectTo);
  const order = inOrder(
    roots.map(([root]) => root),
    o.leaves,
  );
  const needed = new Set<Tensor>();
  for (const tensor of order) {
    const stops = o.leaves?.has(tensor) || tensor.type === 'u32' || isFlat(tensor);
    if (wanted.has(tensor) || (!stops && tensor.inputs.some((one) => needed.has(one)))) {
      needed.add(tensor);
    }
  }
  const of = new Map<Tensor, Tensor>();
  const accumulate = (tensor: Tensor, share: Tensor | undefined | null) => {
    if (!share || !needed.has(tensor)) return;
    const before = of.get(tensor);
    of.set(tensor, before ? add(before, share) : share);
  };
  for (const [root, seed] of roots) accumulate(root, seed);
  const ofResults = new Map<Tensor, Map<number, Tensor>>();
  for (const tensor of order.toReversed()) {
    const { operator, inputs, rule } = tensor;
    if (!needed.has(tensor) || o.leaves?.has(tensor)) continue;
    if (operator.kind === 'scan') {
      const shares = sharesOfScan(tensor, { ofResults: ofResults.get(tensor), needed, backward });
      inputs.forEach((one, i) => accumulate(one, shares[i]));
    }
    const gradient = of.get(tensor);
    if (!gradient) continue;
    if (operator.kind === 'scan-result') {
      const scan = inputs[0]!;
      ofResults.set(scan, (ofResults.get(scan) ?? new Map()).set(operator.index, gradient));
    }
    const sources = rule?.sources ?? inputs;
    const shares = rule ? rule.shares(gradient) : sharesOf(tensor, gradient);
    sources.forEach((one, i) => {
      if (needed.has(one)) accumulate(one, shares[i]?.());
    });
  }
  return of;
}

/** No gradient goes through it. */
function isFlat({ operator, rule }: Tensor): boolean {
  return operator.kind === 'stop-gradient' || (operator.kind === 'after' && !rule);
}

/** What of a tensor's gradient reaches each of its inputs; made only where it is asked for. */
type Shares = readonly ((() => Tensor) | null)[];

function sharesOf(y: Tensor, g: Tensor): Shares {
  const { operator, inputs } = y;
  const [a, b] = inputs as [Tensor, Tensor];
  switch (operator.kind) {
    case 'map':
      return sharesOfMap(y, g);
    case 'reshape':
      return [() => reshape(g, a.shape)];
    case 'view':
      return [() => throughView(operator.view, g, a)];
    case 'reduce': {
      if (operator.name === 'argmax') return [];
      const kept = a.shape.map((size, axis) => (operator.axes.includes(axis) ? 1 : size));
      const back = (x: Tensor) => expand(reshape(x, kept), a.shape);
      if (operator.name === 'sum') return [() => back(g)];
      // Equal maxima share.
      return [
        () => {
          const at = equal(a, back(y));
          return multiply(at, back(divide(g, sum(at, { axes: operator.axes }))));
        },
      ];
    }
    case 'matmul':
      // Of a transposed factor the gradient is made as its source lies, to be read side by side.
      return [
        () => (isTransposed(a) ? transpose(matmul(b, transpose(g))) : matmul(g, transpose(b))),
        () => (isTransposed(b) ? transpose(matmul(transpose(g), a)) : matmul(transpose(a), g)),
      ];
    case 'gather':
      // Places beyond the rows gave the last one.
      return [() => scatterAdd(g, minimum(b, a.shape[0]! - 1), a.shape[0]!), null];
    case 'input':
    case 'state':
    case 'constant':
    case 'index':
    case 'stop-gradient':
    case 'after':
    case 'placeholder':
    case 'scan':
    case 'scan-result':
      return [];
    default:
      throw new Error(`unreachable: ${String(operator satisfies never)}`);
  }
}

function isTransposed({ operator, inputs, shape }: Tensor): boolean {
  const rank = shape.length;
  if (operator.kind === 'reshape') {
    return sameShape(inputs[0]!.shape.slice(-2), shape.slice(-2)) && isTransposed(inputs[0]!);
  }
  if (operator.kind !== 'view' || operator.view.name !== 'permute') return false;
  return operator.view.order[rank - 1] === rank - 2 && operator.view.order[rank - 2] === rank - 1;
}

function sharesOfMap(y: Tensor, g: Tensor): Shares {
  if (y.operator.kind !== 'map') return [];
  const { name } = y.operator;
  const [a, b] = y.inputs as [Tensor, Tensor];
  switch (name) {
    case 'add':
      return [() => g, () => g];
    case 'subtract':
      return [() => g, () => negate(g)];
    case 'multiply':
      return [() => multiply(g, b), () => multiply(g, a)];
    case 'divide':
      return [() => divide(g, b), () => negate(divide(multiply(g, y), b))];
    case 'negate':
      return [() => negate(g)];
    case 'maximum':
      // Of the result rather than of the operand, which then need not be kept; 0 at the bound, as
      // PyTorch's relu and clamp have it.
      if (isConstant(b)) return [() => multiply(g, less(b, y))];
      return [() => share(g, less(b, a), equal(a, b)), () => share(g, less(a, b), equal(a, b))];
    case 'minimum':
      if (isConstant(b)) return [() => multiply(g, less(y, b))];
      return [() => share(g, less(a, b), equal(a, b)), () => share(g, less(b, a), equal(a, b))];
    case 'exp':
      return [() => multiply(g, y)];
    case 'log':
      return [() => divide(g, a)];
    case 'tanh':
      return [() => multiply(g, subtract(1, multiply(y, y)))];
    case 'sigmoid':
      return [() => multiply(g, multiply(y, subtract(1, y)))];
    case 'sin':
      return [() => multiply(g, cos(a))];
    case 'cos':
      return [() => negate(multiply(g, sin(a)))];
    case 'sqrt':
      return [() => divide(multiply(g, 0.5), y)];
    case 'abs':
      return [() => multiply(g, sign(a))];
    case 'where':
      return [null, () => where(a, g, 0), () => where(a, 0, g)];
    case 'toFloat':
      return [() => toHalf(g)]; // of halves: whole numbers have no gradient
    case 'toHalf':
      return [() => toFloat(g)];
    case 'floor':
    case 'sign':
    case 'less':
    case 'equal':
    case 'uniform':
      return []; // flat wherever they have a slope
    default:
      throw new Error(`unreachable: ${String(name satisfies never)}`);
  }
}

function isConstant({ operator, inputs }: Tensor): boolean {
  return operator.kind === 'constant' || (operator.kind === 'view' && isConstant(inputs[0]!));
}

/** Of two equal ones each has half, as in PyTorch. */
function share(g: Tensor, wins: Tensor, tie: Tensor): Tensor {
  return multiply(g, add(wins, multiply(tie, 0.5)));
}

function throughView(view: ViewKind, g: Tensor, x: Tensor): Tensor {
  switch (view.name) {
    case 'permute':
      return permute(
        g,
        view.order.map((_, axis) => view.order.indexOf(axis)),
      );
    case 'expand':
      return reshape(sum(g, { axes: view.axes }), x.shape);
    case 'slice':
      return pad(
        g,
        view.starts.map((start, axis) => [start, x.shape[axis]! - start - g.shape[axis]!]),
      );
    case 'pad':
      return view.before.reduce(
        (rest, start, axis) => slice(rest, { axis, start, end: start + x.shape[axis]! }),
        g,
      );
    case 'window':
      return unwindow(g, view.window, x);
    default:
      throw new Error(`unreachable: ${String(view satisfies never)}`);
  }
}

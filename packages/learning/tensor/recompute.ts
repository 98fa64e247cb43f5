/** Activation recomputation: less memory for more arithmetic. */
import { backward } from './gradient.ts';
import { capturedBy } from './scan.ts';
import { after, Tensor } from './tensor.ts';

/**
 * A part of a graph whose inner results are not kept for the gradient: on the way back they are computed
 * anew from `inputs` (Chen et al. 2016, arXiv 1604.06174). Values and gradients stay the same. `part`
 * may read tensors of outside too, weights above all, and makes the same graph at every call.
 */
export function recompute(
  inputs: readonly Tensor[],
  part: (inputs: readonly Tensor[]) => Tensor,
): Tensor {
  /** The part from its inputs, after a gate, and what it depends on. */
  const made = (gate?: Tensor) => {
    const own = inputs.map((one) => after(one, gate));
    const value = part(own);
    const captured = capturedBy([value], new Set(own));
    return { value, own, captured };
  };
  const first = made();
  const shares = (gradient: Tensor) => {
    let again: (Tensor | undefined)[] | null = null;
    const share = (i: number) => (again ??= sharesOfPart(gradient))[i];
    return [...inputs, ...first.captured].map((_, i) => () => share(i));
  };
  const sharesOfPart = (gradient: Tensor) => {
    // Not before the gradient is there, or all parts would be computed anew, and kept, at once.
    const { value, own, captured } = made(gradient);
    const sources = [...own, ...captured];
    const roots = [[value, gradient]] as const;
    const of = backward(roots, { withRespectTo: sources, leaves: new Set(sources) });
    return sources.map((source) => of.get(source));
  };
  const { shape, type } = first.value;
  const rule = { sources: [...inputs, ...first.captured], shares };
  return new Tensor({ kind: 'after' }, [first.value], { shape, type, rule });
}

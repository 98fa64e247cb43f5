/** Activation recomputation: less memory for more arithmetic. */
import { add, after } from './operators.ts';
import { backward } from './gradient.ts';
import { isLeaf } from './lower.ts';
import { inOrder, Tensor } from './tensor.ts';

/**
 * A part of a graph whose inner results are not kept for the gradient: on the way back they are computed
 * anew from `inputs` (Chen et al. 2016, arXiv 1604.06174). Values and gradients stay the same. `part`
 * may read weights of outside too; what it reads of other results is better among the inputs.
 */
export function recompute(
  inputs: readonly Tensor[],
  part: (inputs: readonly Tensor[]) => Tensor,
): Tensor {
  const value = part(inputs);
  const { shape, type } = value;
  const within = inOrder([value], new Set(inputs));
  const sources = [
    ...inputs,
    ...within.filter((one) => isLeaf(one) && one.type !== 'u32' && !inputs.includes(one)),
  ];
  const shares = (gradient: Tensor) => {
    let made: (Tensor | undefined)[] | null = null;
    const share = (i: number) => (made ??= sharesOfPart(gradient))[i];
    return sources.map((_, i) => () => share(i));
  };
  const sharesOfPart = (gradient: Tensor) => {
    // Not before the gradient is there, or all parts would be computed anew, and kept, at once.
    const again = inputs.map((one) => after(one, gradient));
    const of = backward([[part(again), gradient]], {
      withRespectTo: [...again, ...sources],
      leaves: new Set([...again, ...inputs]),
    });
    return sources.map((source, i) => {
      const [direct, captured] = [again[i] && of.get(again[i]), of.get(source)];
      return direct && captured ? add(direct, captured) : (direct ?? captured);
    });
  };
  return new Tensor({ kind: 'after' }, [value], { shape, type, rule: { sources, shares } });
}

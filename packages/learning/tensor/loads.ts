import { readBy, type Tensor } from './tensor.ts';

/** Tensors in memory that a kernel loads; not looking through those that are. */
export function loadsOf(tensor: Tensor, stored: ReadonlySet<Tensor>): Set<Tensor> {
  const loads = new Set<Tensor>();
  const visit = (one: Tensor) => {
    for (const input of readBy(one)) {
      if (stored.has(input)) loads.add(input);
      else visit(input);
    }
  };
  visit(tensor);
  return loads;
}

/**
 * A stream of choices, from which a program is written. fast-check shrinks the array of numbers, and
 * with it the program: 0 is always the simplest choice, and so is everything after the end.
 */
export class Choices {
  readonly #numbers: readonly number[];
  #next = 0;

  constructor(numbers: readonly number[]) {
    this.#numbers = numbers;
  }

  /** True once every number was used: what is written from here on should come to an end. */
  get exhausted(): boolean {
    return this.#next >= this.#numbers.length;
  }

  /** 0 .. count - 1. */
  below(count: number): number {
    return (this.#numbers[this.#next++] ?? 0) % count;
  }

  oneOf<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }

  /** True once in `count` times. */
  onceIn(count: number): boolean {
    return this.below(count) === count - 1;
  }
}

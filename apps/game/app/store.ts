/** The smallest store that React can read: one value, replaced as a whole, and who wants to know. */
import { useSyncExternalStore } from 'react';

export class Store<T extends object> {
  #value: T;
  readonly #listeners = new Set<() => void>();

  constructor(value: T) {
    this.#value = value;
  }

  get value(): T {
    return this.#value;
  }

  /** Replaces some fields; who listens is told only where one of them differs. */
  set(part: Partial<T>): void {
    const names = Object.keys(part) as (keyof T)[];
    if (names.every((name) => Object.is(this.#value[name], part[name]))) return;
    this.#value = { ...this.#value, ...part };
    for (const listener of this.#listeners) listener();
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
}

/** `select` must return the same thing for the same value (a field, not a new object). */
export function useStore<T extends object, S>(store: Store<T>, select: (value: T) => S): S {
  return useSyncExternalStore(store.subscribe, () => select(store.value));
}

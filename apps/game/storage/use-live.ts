/** A query's latest result as React state; it follows every change, of other tabs too. */
import { liveQuery } from 'dexie';
import { useEffect, useState } from 'react';

export type Live<T> =
  | { readonly state: 'loading' }
  | { readonly state: 'ready'; readonly value: T }
  | { readonly state: 'failed'; readonly error: unknown };

/** `query` must be the same function as long as it asks for the same. */
export function useLive<T>(query: () => Promise<T>): Live<T> {
  const [live, setLive] = useState<Live<T>>({ state: 'loading' });
  useEffect(() => {
    const subscription = liveQuery(query).subscribe({
      next: (value) => setLive({ state: 'ready', value }),
      error: (error: unknown) => setLive({ state: 'failed', error }),
    });
    return () => subscription.unsubscribe();
  }, [query]);
  return live;
}

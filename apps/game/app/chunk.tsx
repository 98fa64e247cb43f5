/** Parts of the page that are loaded when first shown. React's `lazy` would keep a failure for good. */
import type { ComponentType } from 'react';
import { useEffect, useState } from 'react';

type Loaded<Props> = { readonly component: ComponentType<Props> } | { readonly error: Error };

/**
 * The component of a script of its own; `null` is shown until it is here. Where it cannot be had it
 * throws to the boundary around it, and is asked for again when it is shown again.
 */
export function chunk<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
  waiting: React.ReactNode = null,
): ComponentType<Props> {
  let here: { component: ComponentType<Props> } | null = null;
  return function Chunk(props: Props) {
    const [loaded, setLoaded] = useState<Loaded<Props> | null>(here);
    useEffect(() => {
      // Another place may have loaded it since this one was drawn.
      if (here) return setLoaded(here);
      let wanted = true;
      const fetch = async () => {
        try {
          here = { component: await load() };
          if (wanted) setLoaded(here);
        } catch (error) {
          const reason = error instanceof Error ? error.message : String(error);
          const cure = 'The server may be away, or has a newer page: then reload this one.';
          if (wanted) setLoaded({ error: new Error(`${reason}. ${cure}`) });
        }
      };
      void fetch();
      return () => void (wanted = false);
    }, []);
    if (loaded === null) return waiting;
    if ('error' in loaded) throw loaded.error;
    return <loaded.component {...props} />;
  };
}

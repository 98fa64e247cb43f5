/** A line of versions as React state, read in a Worker whenever it changes; and the way back in it. */
import type { History } from '@dreampitch/learning';
import { useCallback, useEffect, useRef, useState } from 'react';
import type { HistoryNews, HistoryOrder } from './worker.ts';

export type Line = {
  readonly history: History | null; // null: it is being read
  readonly problem: string | null;
  readonly goBack: (back: NonNullable<HistoryOrder['back']>) => void;
};

/** `version`: another one says that there is more to read. */
export function useHistory(id: number, version: string): Line {
  const [history, setHistory] = useState<History | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const worker = useRef<Worker | null>(null);
  const asked = useRef(0);
  const ticket = useRef('');
  const ask = useCallback(
    (back: HistoryOrder['back']) => {
      // What was asked at an earlier version is no answer at this one.
      ticket.current = `${version} ${++asked.current}`;
      worker.current!.postMessage({ ticket: ticket.current, id, back } satisfies HistoryOrder);
    },
    [id, version],
  );
  useEffect(() => {
    const made = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
    made.addEventListener('message', ({ data }: MessageEvent<HistoryNews>) => {
      if (data.ticket !== ticket.current) return;
      if ('history' in data) setHistory(data.history);
      setProblem('problem' in data ? data.problem : null);
    });
    worker.current = made;
    return () => made.terminate();
  }, []);
  useEffect(() => ask(null), [ask]);
  return { history, problem, goBack: ask };
}

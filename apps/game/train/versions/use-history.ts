/** A line of versions as React state, read in a Worker whenever it changes; and the way back in it. */
import type { History } from '@dreampitch/learning';
import { useEffect, useRef, useState } from 'react';
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
  const ticket = useRef(0);
  const ask = (back: HistoryOrder['back']) => {
    const order = { ticket: ++ticket.current, id, back };
    worker.current!.postMessage(order satisfies HistoryOrder);
  };
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
  useEffect(() => {
    ask(null);
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- `ask` only has what is named here
  }, [id, version]);
  return { history, problem, goBack: ask };
}

/** A panel beside the match: a heading, a way out, and a wall around its failures. */
import type { ReactNode } from 'react';
import { navigate } from '../app/use-route.ts';
import { ErrorBoundary } from './error-boundary.tsx';
import { IconButton } from './icon-button.tsx';

const close = () => navigate({ panel: 'match' });

export function Panel({ title, children }: { title: string; children: ReactNode }) {
  return (
    <aside className="panel" aria-label={title}>
      <header className="panel-header">
        <h1>{title}</h1>
        <IconButton label={`Close ${title}`} icon="close" shortcut="Escape" onClick={close} />
      </header>
      <div className="panel-body">
        <ErrorBoundary key={title} what={title}>
          {children}
        </ErrorBoundary>
      </div>
    </aside>
  );
}

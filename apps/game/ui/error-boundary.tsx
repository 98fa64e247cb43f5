/** What failed inside stays inside: the rest of the page works on. */
import { Component } from 'react';
import type { ReactNode } from 'react';

type Props = { what: string; children: ReactNode };
type State = { error: Error | null };

export class ErrorBoundary extends Component<Props, State> {
  override state: State = { error: null };

  static getDerivedStateFromError(error: Error): State {
    return { error };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (!error) return this.props.children;
    return (
      <div className="message message-alert" role="alert">
        <h2>{this.props.what} failed</h2>
        <p>{error.message}</p>
        <p>Nothing that was kept is lost, and the match goes on.</p>
        <div className="run-actions">
          <button type="button" className="button" onClick={() => this.setState({ error: null })}>
            Try again
          </button>
          <button type="button" className="button" onClick={() => location.reload()}>
            Reload the page
          </button>
        </div>
      </div>
    );
  }
}

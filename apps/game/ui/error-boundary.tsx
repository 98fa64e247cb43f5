/** What failed inside stays inside: the rest of the page works on. */
import { Component } from 'react';
import type { ReactNode } from 'react';

type Props = {
  what: string;
  children: ReactNode;
  /** What was kept in spite of it. */
  words?: string;
  /** The failed part can be done without; there is a way to close it. */
  onClose?: () => void;
};
type State = { error: Error | null };

const WORDS = 'Nothing that was kept is lost, and the match goes on.';

export class ErrorBoundary extends Component<Props, State> {
  override state: State = { error: null };

  static getDerivedStateFromError(error: Error): State {
    return { error };
  }

  override render(): ReactNode {
    const { error } = this.state;
    const { what, words = WORDS, onClose } = this.props;
    if (!error) return this.props.children;
    const again = () => this.setState({ error: null });
    return (
      <div className="message message-alert" role="alert">
        <h2>{what} failed</h2>
        <p>{error.message}</p>
        <p>{words}</p>
        <div className="run-actions">
          <button type="button" className="button" onClick={again}>
            Try again
          </button>
          <button type="button" className="button" onClick={() => location.reload()}>
            Reload the page
          </button>
          {onClose && (
            <button type="button" className="button" onClick={onClose}>
              Close
            </button>
          )}
        </div>
      </div>
    );
  }
}

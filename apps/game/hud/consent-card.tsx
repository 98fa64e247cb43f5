/** Asked once, beside the match, in plain words. It can be changed on the Data page. */
import { useStore } from '../app/store.ts';
import type { Library } from '../storage/library.ts';

export function ConsentCard({ library }: { library: Library }) {
  const consent = useStore(library.view, (view) => view.consent);
  const state = useStore(library.view, (view) => view.state);
  if (consent !== null || state !== 'open') return null;
  return (
    <section className="consent" aria-label="Keep your matches?">
      <h2>Keep your matches?</h2>
      <p>
        Every step of your matches can be kept on this computer, to watch again and to train players
        on. Nothing is sent anywhere, and you can delete it all under Data.
      </p>
      <div className="consent-actions">
        <button
          type="button"
          className="button button-main"
          onClick={() => library.setConsent('yes')}
        >
          Keep my matches
        </button>
        <button type="button" className="button" onClick={() => library.setConsent('no')}>
          No, thanks
        </button>
      </div>
    </section>
  );
}

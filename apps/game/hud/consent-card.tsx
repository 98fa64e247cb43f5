/** Asked once, beside the match, in plain words. It can be changed on the Data page. */
import { useStore } from '../app/store.ts';
import type { Library } from '../storage/library.ts';

export function ConsentCard({ library }: { library: Library }) {
  const consent = useStore(library.view, (view) => view.consent);
  const state = useStore(library.view, (view) => view.state);
  if (consent !== null || state !== 'open') return null;
  return (
    <section className="consent" aria-label="Keep your matches?">
      <p>
        <b>Keep your matches?</b> Every step would be stored on this device, to watch again and to
        train on. Nothing is sent anywhere; Data shows it all and deletes it.
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

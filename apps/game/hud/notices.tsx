/** Lines that the page says once, at the bottom of the pitch. Always in the page, so that they are read out. */
import { useEffect } from 'react';
import { useStore } from '../app/store.ts';
import type { Game } from '../match/game.ts';

const SHOWN_MS = 7000;
/** What went wrong stays long enough to be read twice; the panels keep what matters. */
const ALERT_SHOWN_MS = 20_000;

export function Notices({ game }: { game: Game }) {
  const notice = useStore(game.view, (view) => view.notice);
  useEffect(() => {
    if (!notice) return;
    const shown = notice.alert ? ALERT_SHOWN_MS : SHOWN_MS;
    const timer = setTimeout(() => game.view.set({ notice: null }), shown);
    return () => clearTimeout(timer);
  }, [game, notice]);
  return (
    <output className="notices" aria-label="Messages">
      {notice && (
        <span key={notice.id} className={notice.alert ? 'notice notice-alert' : 'notice'}>
          <span>{notice.text}</span>
          <button
            type="button"
            className="button button-quiet"
            onClick={() => game.view.set({ notice: null })}
          >
            Dismiss
          </button>
        </span>
      )}
    </output>
  );
}

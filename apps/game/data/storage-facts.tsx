/** Consent, how much is kept, how much room there is, and whether the browser may clear it. */
import { Switch } from '@base-ui/react/switch';
import { useEffect, useId, useState } from 'react';
import { useStore } from '../app/store.ts';
import type { EpisodeEntry } from '../storage/episodes.ts';
import type { Library } from '../storage/library.ts';
import { bytesText, lengthText } from './words.ts';

type Room = { usage: number | null; quota: number | null; persisted: boolean | null };

async function readRoom(): Promise<Room> {
  // Absent outside of secure pages, whatever the DOM types say.
  const storage = navigator.storage as StorageManager | undefined;
  const estimate = await storage?.estimate?.().catch(() => null);
  const persisted = await storage?.persisted?.().catch(() => null);
  const { usage = null, quota = null } = estimate ?? {};
  return { usage, quota, persisted: persisted ?? null };
}

/** Asked again whenever what is kept has changed. */
function useRoom(entries: readonly EpisodeEntry[]): [Room, () => Promise<void>] {
  const [room, setRoom] = useState<Room>({ usage: null, quota: null, persisted: null });
  useEffect(() => {
    let current = true;
    const ask = async () => {
      const read = await readRoom();
      if (current) setRoom(read);
    };
    if (entries.length >= 0) void ask();
    return () => {
      current = false;
    };
  }, [entries]);
  return [room, async () => setRoom(await readRoom())];
}

const TICKS_PER_SECOND = 60;

export type StorageFactsProps = { library: Library; entries: readonly EpisodeEntry[] };

export function StorageFacts({ library, entries }: StorageFactsProps) {
  const consent = useStore(library.view, (view) => view.consent);
  const [room, askAgain] = useRoom(entries);
  const id = useId();
  const sound = entries.filter((entry) => entry.sound);
  const ticks = sound.reduce((sum, entry) => sum + entry.tickCount, 0);
  const bytes = sound.reduce((sum, entry) => sum + entry.bytes, 0);
  const persist = async () => {
    await navigator.storage.persist();
    await askAgain();
  };
  return (
    <section className="facts" aria-label="Storage">
      <div className="switch-row">
        <span id={id}>
          <b>Keep my matches</b>
          <span className="soft">On this device only. Nothing is sent anywhere.</span>
        </span>
        <Switch.Root
          className="switch"
          aria-labelledby={id}
          checked={consent === 'yes'}
          onCheckedChange={(checked) => library.setConsent(checked ? 'yes' : 'no')}
        >
          <Switch.Thumb className="switch-thumb" />
        </Switch.Root>
      </div>
      <dl className="numbers">
        <div>
          <dt>Matches</dt>
          <dd>{entries.length}</dd>
        </div>
        <div>
          <dt>Length</dt>
          <dd>{lengthText(ticks / TICKS_PER_SECOND)}</dd>
        </div>
        <div>
          <dt>Size</dt>
          <dd>{bytesText(bytes)}</dd>
        </div>
      </dl>
      {room.quota !== null && room.usage !== null && (
        <p className="soft">
          This page uses {bytesText(room.usage)} of the {bytesText(room.quota)} that the browser
          gives it.{' '}
          {room.persisted === true
            ? 'The browser has promised not to clear it by itself.'
            : 'The browser may clear it when the disk runs low.'}
        </p>
      )}
      {room.persisted === false && entries.length > 0 && (
        <button type="button" className="button" onClick={() => void persist()}>
          Ask the browser to keep it for good
        </button>
      )}
    </section>
  );
}

/**
 * Everything kept, as the page sees it: consent, the database or why there is none, kept players.
 * Loaded after the match is playable, since nothing of it is needed before.
 */
import { soccer, versionOf } from '@dreampitch/sim';
import { liveQuery } from 'dexie';
import { recall, remember } from '../app/preferences.ts';
import { Store } from '../app/store.ts';
import type { Game } from '../match/game.ts';
import { Database } from './database.ts';
import { storageWords } from './failure.ts';
import { MatchKeeper } from './match-keeper.ts';
import type { PlayerSummary } from './players.ts';
import { listPlayers } from './players.ts';

export type Consent = 'yes' | 'no' | null;

export type LibraryView = {
  readonly state: 'opening' | 'open' | 'unavailable';
  /** Why nothing can be kept, or what could not be kept just now. */
  readonly problem: string | null;
  readonly consent: Consent;
  readonly players: readonly PlayerSummary[];
  /** Share done of the training under way, 0 .. 1; null: none. */
  readonly trained: number | null;
};

const versions = new Map<string, Promise<string>>();

/** The version of an environment here; null for one that this page does not have. */
export function versionHere(environment: string): Promise<string> | null {
  const size = /^soccer-([123])v\1$/.exec(environment)?.[1];
  if (size === undefined) return null;
  let version = versions.get(environment);
  if (!version) {
    version = versionOf(soccer(Number(size) as 1 | 2 | 3));
    versions.set(environment, version);
  }
  return version;
}

function consentOf(value: string | null | undefined): Consent {
  return value === 'yes' || value === 'no' ? value : null;
}

export class Library {
  readonly database = new Database();
  readonly view = new Store<LibraryView>({
    state: 'opening',
    problem: null,
    consent: consentOf(recall('consent')),
    players: [],
    trained: null,
  });
  readonly #game: Game;
  readonly #keeper: MatchKeeper;

  constructor(game: Game) {
    this.#game = game;
    this.#keeper = new MatchKeeper({
      database: this.database,
      mayKeep: () => this.view.value.consent === 'yes',
      onKept: () => this.view.set({ problem: null }),
      onFailure: (error) => this.fail(error, 'this match'),
    });
  }

  async open(): Promise<void> {
    try {
      await this.database.open();
      const decided = consentOf((await this.database.settings.get('consent'))?.value);
      this.view.set({ state: 'open', consent: decided ?? this.view.value.consent });
    } catch (error) {
      this.view.set({ state: 'unavailable', problem: storageWords(error, 'matches') });
      return;
    }
    // Another tab with a newer page needs the database for itself; then this one keeps nothing.
    this.database.on('versionchange', () => {
      this.database.close();
      const problem =
        'A newer Dreampitch was opened in another tab. Reload this one to keep matches.';
      this.view.set({ state: 'unavailable', problem });
    });
    liveQuery(() => listPlayers(this.database, async (id) => versionHere(id))).subscribe({
      next: (players) => this.view.set({ players }),
      error: (error: unknown) => this.fail(error, 'the list of players'),
    });
    this.#game.keepWith(this.#keeper);
    await this.#goOnTraining();
  }

  /** Runs that were under way when the page went away go on, whichever panel is open. */
  async #goOnTraining(): Promise<void> {
    const wanted = await this.database.runs.filter(({ wish }) => wish === 'go').count();
    if (wanted === 0) return;
    const { runsOf } = await import('../train/runs.ts');
    runsOf(this);
  }

  /** Says a failure on the pitch and on the panels. */
  fail(error: unknown, what: string): void {
    const problem = storageWords(error, what);
    this.view.set({ problem });
    this.#game.tell(problem, true);
  }

  setConsent(consent: 'yes' | 'no'): void {
    remember('consent', consent);
    this.view.set({ consent });
    if (this.view.value.state === 'open') {
      // Where this fails, every match kept fails as well, and says so.
      void this.database.settings.put({ name: 'consent', value: consent }).catch(() => null);
    }
    if (consent === 'no') return;
    this.#keeper.save();
    // May ask the person in some browsers; what they answer is shown on the Data page.
    void navigator.storage?.persist?.().catch(() => false);
  }
}

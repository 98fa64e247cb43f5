/** Plays recordings again, beside the page: what was to be seen at every step. */
import { disposal } from '../../app/disposal.ts';
import type { Recording, RunEnvironment } from '../../storage/run-rows.ts';
import { type Film, filmOf } from '../recording.ts';
import { environmentOf } from '../run-environment.ts';

void disposal;

export type FilmOrder = {
  readonly ticket: number;
  readonly environment: RunEnvironment;
  readonly recording: Recording;
};

export type FilmNews = { readonly ticket: number } & (
  | { readonly film: Film }
  | { readonly problem: string }
);

addEventListener('message', (event: MessageEvent<FilmOrder>) => {
  const { ticket, environment, recording } = event.data;
  const play = async () => filmOf(environmentOf(environment), recording);
  play().then(
    (film) => postMessage({ ticket, film } satisfies FilmNews),
    (error: unknown) => {
      const problem = error instanceof Error ? error.message : String(error);
      postMessage({ ticket, problem } satisfies FilmNews);
    },
  );
});

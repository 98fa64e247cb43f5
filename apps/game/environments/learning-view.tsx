/** Learning on the edited environment: a run is set up on the Train page; what it learned is told here. */
import { navigate } from '../app/use-route.ts';
import { newRunOn } from '../train/draft.ts';
import type { RunsHere } from './learned-here.ts';
import type { Workbench } from './workbench.ts';

const SHORT = new Intl.NumberFormat(undefined, {
  notation: 'compact',
  maximumSignificantDigits: 3,
});

export type LearningViewProps = { bench: Workbench; ready: boolean; here: RunsHere };

export function LearningView({ bench, ready, here }: LearningViewProps) {
  const { runs, learned } = here;
  return (
    <section aria-label="Learning" className="work-part">
      <div className="list-head">
        <h2>Learning</h2>
        <button
          type="button"
          className="button"
          disabled={!ready}
          onClick={() => newRunOn({ name: bench.name, text: bench.view.value.text })}
        >
          Train on it
        </button>
      </div>
      <p className="soft">
        {learned
          ? `${learned.runName} took ${SHORT.format(learned.steps)} steps; it can drive the world above.`
          : 'A training run takes the text as it is now. What it learns can drive the world above.'}
      </p>
      {runs.length > 0 && (
        <ul className="work-runs">
          {runs.map(({ id, name }) => (
            <li key={id}>
              <button
                type="button"
                className="button button-quiet"
                onClick={() => navigate({ panel: 'train', of: { run: id } })}
              >
                {name}
              </button>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

/** A run that goes on from a version: from which, whether it can, and how hard it keeps it. */
import type { AlgorithmChoice } from './algorithms.ts';
import { draft, type GoingOn as GoingOnFrom } from './draft.ts';
import { KEEP_OPTIONS } from './keep-options.ts';
import { OptionFields } from './option-fields.tsx';
import { Unfit } from './start-from.tsx';
import type { Fit } from './starts.ts';

export type GoingOnProps = {
  readonly goingOn: GoingOnFrom;
  readonly fit: Fit | null;
  readonly choice: AlgorithmChoice;
  readonly problems: Readonly<Record<string, string>>;
};

export function GoingOn({ goingOn, fit, choice, problems }: GoingOnProps) {
  const { from, memory, fields } = goingOn;
  const tasks = memory.tasks.map(({ task }) => task).join(', ');
  return (
    <section aria-label="Going on" className="start-from">
      <div className="list-head">
        <h3>Goes on from {from}</h3>
        <button
          type="button"
          className="button button-quiet"
          onClick={() => draft.set({ goingOn: null })}
        >
          Begin anew instead
        </button>
      </div>
      <p className="soft">
        It begins with what that version can do, and keeps what it can of {tasks}.
      </p>
      {fit?.ok === false && (
        <Unfit words={`It cannot go on. ${fit.words}`} fit={fit} choice={choice} />
      )}
      <div className="sub-fields">
        <OptionFields
          table={KEEP_OPTIONS}
          fields={fields}
          problems={problems}
          onChange={(next) => draft.set({ goingOn: { ...goingOn, fields: next } })}
        />
      </div>
    </section>
  );
}

/** Before a run: what to train on, how, for how long, from what. */
import { LEAGUE_OPTIONS } from '@dreampitch/learning';
import { environments } from '@dreampitch/sim';
import type { FormEvent } from 'react';
import { useCallback, useId, useState } from 'react';
import { useStore } from '../app/store.ts';
import { navigate } from '../app/use-route.ts';
import { listEnvironments, readEnvironment } from '../storage/environments.ts';
import type { Library } from '../storage/library.ts';
import type { RunEnvironment } from '../storage/run-rows.ts';
import { RUN_NAME_LENGTH_MAX } from '../storage/runs.ts';
import { useLive } from '../storage/use-live.ts';
import { Choice } from '../ui/choice.tsx';
import { type AlgorithmChoice, choiceOf, CHOICES } from './algorithms.ts';
import type { Draft } from './draft.ts';
import * as drafts from './draft.ts';
import { draft } from './draft.ts';
import { problemsOf } from './fields.ts';
import { GoingOn } from './going-on.tsx';
import { ImportRun } from './import-run.tsx';
import { KEEP_OPTIONS } from './keep-options.ts';
import { MyMatches } from './my-matches.tsx';
import { OptionFields } from './option-fields.tsx';
import { PlaysAgainst } from './plays-against.tsx';
import { nameOf, soccerSizeOf } from './run-environment.ts';
import { type Runs, coreCount } from './runs.ts';
import { StartFrom } from './start-from.tsx';

const SIZES = [1, 2, 3].map((n) => ({ value: n as 1 | 2 | 3, name: `${n}v${n}` }));
const MINUTES = [3, 10, 30].map((n) => ({ value: n, name: `${n} min` }));

export function NewRun({ runs, library }: { runs: Runs; library: Library }) {
  const value = useStore(draft, (all) => all);
  const choice = choiceOf(value.algorithm);
  const [asked, setAsked] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const environment = drafts.knownEnvironment(value.environment);
  const whyNot = environment && choice ? choice.whyNot(environment) : 'It cannot be used any more.';
  const wrong = choice ? wrongIn(value, choice) : NOTHING_WRONG;
  const start = async () => {
    const names = runs.view.value.runs.map((run) => run.view.value.row.name);
    const anySeed = crypto.getRandomValues(new Uint32Array(1))[0]!;
    const recipe = drafts.recipeOf(draft.value, anySeed);
    const name = drafts.nameFor(draft.value, names);
    const inputs = drafts.inputsOf(draft.value, recipe);
    const history = drafts.historyOf(draft.value);
    const run = await runs.start(recipe, { name, inputs, history });
    draft.set({ name: '', copyOf: null, goingOn: null, ...drafts.NO_START });
    navigate({ panel: 'train', of: run.id > 0 ? { run: run.id } : undefined });
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setAsked(true);
    if (whyNot === null && !wrong.is) void start();
  };
  return (
    <section aria-label="New training">
      <Introduction value={value} onProblem={setProblem} />
      {problem && (
        <p className="message message-alert" role="alert">
          {problem}
        </p>
      )}
      <form className="new-run" onSubmit={submit}>
        <Where value={value} library={library} />
        <AlgorithmChoices value={value} />
        {choice && whyNot === null && (
          <Choices {...{ value, choice, runs, library }} wrong={asked ? wrong : NOTHING_WRONG} />
        )}
        <Naming value={value} problem={asked ? wrong.seed : null} />
        {asked && whyNot !== null && (
          <p className="message message-alert" role="alert">
            {choice?.name} cannot train this: {whyNot}
          </p>
        )}
        {asked && wrong.is && (
          <p className="option-problem" role="alert">
            Something above does not fit yet; it is marked.
          </p>
        )}
        <button type="submit" className="button button-main button-wide">
          Train
        </button>
        <p className="soft run-left">{limitWords()}</p>
      </form>
    </section>
  );
}

/** What of a draft cannot be started, in words by fields. */
type Wrong = {
  readonly is: boolean;
  readonly options: Readonly<Record<string, string>>;
  readonly league: Readonly<Record<string, string>>;
  readonly keep: Readonly<Record<string, string>>;
  readonly seed: string | null;
};

const NOTHING_WRONG: Wrong = { is: false, options: {}, league: {}, keep: {}, seed: null };

function wrongIn(value: Draft, choice: AlgorithmChoice): Wrong {
  const options = problemsOf(value.fields, choice.options);
  const inLeague = value.opponents === 'league' && drafts.offersOf(value, choice).opponents;
  const league = inLeague ? problemsOf(value.league, LEAGUE_OPTIONS) : {};
  const keep = value.goingOn ? problemsOf(value.goingOn.fields, KEEP_OPTIONS) : {};
  const fits = [drafts.startFit(value, choice), drafts.goingOnFit(value, choice)];
  const { start: canStart } = drafts.offersOf(value, choice);
  const isUnread = value.source !== 'nothing' && !value.start && canStart && !value.goingOn;
  const seed = drafts.seedProblemOf(value);
  const unfit = isUnread || seed !== null || fits.some((fit) => fit?.ok === false);
  const is = unfit || Object.keys({ ...options, ...league, ...keep }).length > 0;
  return { is, options, league, keep, seed };
}

type ChoicesProps = {
  readonly value: Draft;
  readonly choice: AlgorithmChoice;
  readonly runs: Runs;
  readonly library: Library;
  readonly wrong: Wrong;
};

/** What depends on the algorithm. */
function Choices({ value, choice, runs, library, wrong }: ChoicesProps) {
  const { opponents, withMatches, start } = drafts.offersOf(value, choice);
  const matches = withMatches === null ? null : { isOn: value.usesMatches, words: withMatches };
  const fit = drafts.startFit(value, choice);
  return (
    <>
      {value.goingOn && (
        <GoingOn
          goingOn={value.goingOn}
          fit={drafts.goingOnFit(value, choice)}
          choice={choice}
          problems={wrong.keep}
        />
      )}
      {choice.byTime && <HowLong value={value} />}
      {(choice.imitates || matches) && (
        <MyMatches library={library} environment={nameOf(value.environment)} choice={matches} />
      )}
      {opponents && <PlaysAgainst value={value} library={library} problems={wrong.league} />}
      <OptionFields
        table={choice.options}
        fields={value.fields}
        problems={wrong.options}
        onChange={(fields) => draft.set({ fields })}
      />
      {start && !value.goingOn && <StartFrom {...{ value, choice, fit, runs, library }} />}
    </>
  );
}

/** What starts when: stated, as several runs may be started at once. */
function limitWords(): string {
  const cores = coreCount();
  if (cores === 1) return 'One run trains at a time here; others wait in line.';
  return (
    `Up to ${cores} runs train at once here, one core each; the evolution strategy and runs of ` +
    'many worlds take all cores. Others wait in line.'
  );
}

type IntroductionProps = {
  readonly value: Draft;
  readonly onProblem: (problem: string | null) => void;
};

function Introduction({ value, onProblem }: IntroductionProps) {
  if (value.goingOn && value.copyOf === null) {
    return (
      <p>
        A run that goes on from <b>{value.goingOn.from}</b>. Choose what it learns next.
      </p>
    );
  }
  if (value.copyOf !== null) {
    return (
      <p>
        A run like <b>{value.copyOf}</b>, with its seed. Change what you want to compare.
      </p>
    );
  }
  return (
    <>
      <p>
        Watch a robot learn soccer from nothing but goals, or train on one of the classic tasks or
        on an environment of your own. It all happens in this tab, while you play on.
      </p>
      <div className="list-head">
        <p className="soft">Have a run or weights as a file?</p>
        <ImportRun onProblem={onProblem} />
      </div>
    </>
  );
}

const GROUPS: readonly (readonly [label: string, belongs: (id: string) => boolean])[] = [
  ['Classic control', (id) => /^(CartPole|MountainCar|Pendulum|Acrobot)/.test(id)],
  ['Toy text', (id) => /^(FrozenLake|CliffWalking|Taxi)/.test(id)],
  ['Robots', (id) => !id.startsWith('soccer-')],
  ['Soccer with roles', (id) => id.startsWith('soccer-roles-')],
];

/** Ids of the list by group; soccer without roles is chosen by its number of robots. */
function groupsOf(): { label: string; ids: string[] }[] {
  const left = environments().map(({ id }) => id);
  return GROUPS.map(([label, belongs]) => {
    const ids = left.filter(belongs);
    for (const id of ids) left.splice(left.indexOf(id), 1);
    return { label, ids };
  });
}

const SOCCER = 'soccer';

function Where({ value, library }: { value: Draft; library: Library }) {
  const id = useId();
  const live = useLive(useCallback(() => listEnvironments(library.database), [library]));
  const own = live.state === 'ready' ? live.value : [];
  const size = soccerSizeOf(value.environment);
  const { environment } = value;
  const shown = size !== null ? SOCCER : environment.kind === 'listed' ? environment.id : 'own';
  const choose = async (next: string) => {
    const [, kept] = /^own:(\d+)$/.exec(next) ?? [];
    const listed = next === SOCCER ? 'soccer-1v1' : next;
    if (kept === undefined) return drafts.chooseEnvironment({ kind: 'listed', id: listed });
    const text = await readEnvironment(library.database, Number(kept));
    const entry = own.find((one) => one.id === Number(kept));
    if (text !== null && entry) {
      drafts.chooseEnvironment({ kind: 'own', name: entry.name, text });
    }
  };
  return (
    <>
      <div className="field">
        <label htmlFor={id}>Environment</label>
        <select id={id} value={shown} onChange={(event) => void choose(event.target.value)}>
          <option value={SOCCER}>Robot soccer</option>
          {groupsOf().map(({ label, ids }) => (
            <optgroup key={label} label={label}>
              {ids.map((one) => (
                <option key={one}>{one}</option>
              ))}
            </optgroup>
          ))}
          {(own.length > 0 || shown === 'own') && (
            <optgroup label="Your environments">
              {shown === 'own' && <option value="own">{nameOf(environment)}, as it is now</option>}
              {own.map((entry) => (
                <option key={entry.id} value={`own:${entry.id}`}>
                  {entry.name}
                </option>
              ))}
            </optgroup>
          )}
        </select>
      </div>
      {size !== null && (
        <Choice label="Robots" value={size} options={SIZES} onChange={(n) => chooseSize(n)} />
      )}
    </>
  );
}

function chooseSize(size: 1 | 2 | 3): void {
  const environment: RunEnvironment = { kind: 'listed', id: `soccer-${size}v${size}` };
  drafts.chooseEnvironment(environment);
}

function AlgorithmChoices({ value }: { value: Draft }) {
  const environment = drafts.knownEnvironment(value.environment);
  const options = CHOICES.map((choice) => {
    const whyNot = environment ? choice.whyNot(environment) : null;
    const note = whyNot === null ? choice.words : `Not here: ${whyNot}`;
    return { value: choice.id, name: choice.name, note, disabled: whyNot !== null };
  });
  return (
    <Choice
      label="Algorithm"
      list
      value={value.algorithm}
      options={options}
      onChange={drafts.chooseAlgorithm}
    />
  );
}

function HowLong({ value }: { value: Draft }) {
  const usual = MINUTES.some((one) => one.value === value.minutes);
  const own = { value: value.minutes, name: `${value.minutes} min` };
  return (
    <Choice
      label="Training time"
      value={value.minutes}
      options={usual ? MINUTES : [...MINUTES, own]}
      onChange={(minutes) => draft.set({ minutes })}
    />
  );
}

function Naming({ value, problem }: { value: Draft; problem: string | null }) {
  const [nameId, seedId] = [useId(), useId()];
  return (
    <div className="field-pair">
      <div className="field">
        <label htmlFor={nameId}>Name of the run</label>
        <input
          id={nameId}
          className="input"
          placeholder={drafts.nameFor(value, [])}
          value={value.name}
          maxLength={RUN_NAME_LENGTH_MAX}
          autoComplete="off"
          onChange={(event) => draft.set({ name: event.target.value })}
        />
      </div>
      <div className="field">
        <label htmlFor={seedId}>Seed</label>
        <input
          id={seedId}
          className="input"
          placeholder="any"
          inputMode="numeric"
          value={value.seed}
          autoComplete="off"
          aria-invalid={problem !== null}
          onChange={(event) => draft.set({ seed: event.target.value.replaceAll(/\D/g, '') })}
        />
        {problem && (
          <p className="option-problem" role="alert">
            {problem}
          </p>
        )}
      </div>
    </div>
  );
}

/** Before a run: what to train on, how, for how long, from what. */
import { environments } from '@dreampitch/sim';
import type { FormEvent } from 'react';
import { useCallback, useId, useState } from 'react';
import { useStore } from '../app/store.ts';
import { navigate } from '../app/use-route.ts';
import { listEnvironments, readEnvironment } from '../storage/environments.ts';
import type { Library } from '../storage/library.ts';
import type { RunEnvironment, RunRecipe } from '../storage/run-rows.ts';
import { RUN_NAME_LENGTH_MAX } from '../storage/runs.ts';
import { useLive } from '../storage/use-live.ts';
import { Choice } from '../ui/choice.tsx';
import { choiceOf, CHOICES } from './algorithms.ts';
import type { Draft } from './draft.ts';
import * as drafts from './draft.ts';
import { draft } from './draft.ts';
import { OptionFields } from './option-fields.tsx';
import { nameOf, soccerSizeOf } from './run-environment.ts';
import { type Runs, coreCount } from './runs.ts';

const SIZES = [1, 2, 3].map((n) => ({ value: n as 1 | 2 | 3, name: `${n}v${n}` }));
const MINUTES = [3, 10, 30].map((n) => ({ value: n, name: `${n} min` }));
const NOTHING = 0;

export function NewRun({ runs, library }: { runs: Runs; library: Library }) {
  const value = useStore(draft, (all) => all);
  const choice = choiceOf(value.algorithm);
  const [asked, setAsked] = useState(false);
  const environment = drafts.knownEnvironment(value.environment);
  const whyNot = environment && choice ? choice.whyNot(environment) : 'It cannot be used any more.';
  const problems = choice ? drafts.problemsOf(value, choice) : {};
  const start = (event: FormEvent) => {
    event.preventDefault();
    setAsked(true);
    if (whyNot !== null || Object.keys(problems).length > 0) return;
    const names = runs.view.value.runs.map((run) => run.view.value.row.name);
    const anySeed = crypto.getRandomValues(new Uint32Array(1))[0]!;
    const recipe = drafts.recipeOf(draft.value, anySeed);
    void begin(recipe, drafts.nameFor(draft.value, names));
  };
  const begin = async (recipe: RunRecipe, name: string) => {
    const run = await runs.start(recipe, name);
    draft.set({ name: '', copyOf: null });
    navigate({ panel: 'train', of: run.id > 0 ? { run: run.id } : undefined });
  };
  return (
    <section aria-label="New training">
      <Introduction value={value} />
      <form className="new-run" onSubmit={start}>
        <Where value={value} library={library} />
        <AlgorithmChoices value={value} />
        {choice?.byTime && <HowLong value={value} />}
        {choice?.byTime && <StartFrom value={value} library={library} />}
        {choice && <OptionFields choice={choice} problems={asked ? problems : {}} />}
        <Naming value={value} />
        {asked && whyNot !== null && (
          <p className="message message-alert" role="alert">
            {choice?.name} cannot train this: {whyNot}
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

/** What starts when: stated, as several runs may be started at once. */
function limitWords(): string {
  const cores = coreCount();
  if (cores === 1) return 'One run trains at a time here; others wait in line.';
  return (
    `Up to ${cores} runs train at once here, one core each; the evolution strategy and runs of ` +
    'many worlds take all cores. Others wait in line.'
  );
}

function Introduction({ value }: { value: Draft }) {
  if (value.copyOf !== null) {
    return (
      <p>
        A run like <b>{value.copyOf}</b>, with its seed. Change what you want to compare.
      </p>
    );
  }
  return (
    <p>
      Watch a robot learn soccer from nothing but goals, or train on one of the classic tasks or on
      an environment of your own. It all happens in this tab, while you play on.
    </p>
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

function StartFrom({ value, library }: { value: Draft; library: Library }) {
  const players = useStore(library.view, (view) => view.players);
  const fitting = players.filter(
    ({ environment, evolves }) => evolves && environment === nameOf(value.environment),
  );
  if (fitting.length === 0 || value.environment.kind === 'own') return null;
  const from = fitting.some(({ id }) => id === value.playerId) ? value.playerId! : NOTHING;
  return (
    <Choice
      label="Start from"
      list
      value={from}
      options={[
        { value: NOTHING, name: 'Nothing' },
        ...fitting.map(({ id, name }) => ({ value: id, name })),
      ]}
      onChange={(id) => draft.set({ playerId: id === NOTHING ? null : id })}
    />
  );
}

function Naming({ value }: { value: Draft }) {
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
          onChange={(event) => draft.set({ seed: event.target.value.replaceAll(/\D/g, '') })}
        />
      </div>
    </div>
  );
}

/** The edited environment as it runs: its picture, who drives it, what it earned, what is seen. */
import { useEffect, useRef } from 'react';
import { useStore } from '../app/store.ts';
import type { Option } from '../ui/choice.tsx';
import { Choice } from '../ui/choice.tsx';
import { actionOf, keyWords } from './action-form.ts';
import type { Learned } from './learned-here.ts';
import { Picture } from './picture.tsx';
import type { ActionForm, Driver, Frame, Seen } from './protocol.ts';
import type { Workbench } from './workbench.ts';

const NUMBER = new Intl.NumberFormat(undefined, {
  minimumFractionDigits: 2,
  maximumFractionDigits: 2,
});
const WHOLE = new Intl.NumberFormat();
/** More numbers than these are folded away. */
const BARS_OPEN_MAX = 8;

function numberText(given: number): string {
  const value = Math.abs(given) < 0.005 ? 0 : given; // no '-0.00'
  return Number.isInteger(value) && Math.abs(value) >= 10
    ? WHOLE.format(value)
    : NUMBER.format(value);
}

export type LiveViewProps = { bench: Workbench; ready: boolean; learned: Learned | null };

export function LiveView({ bench, ready, learned }: LiveViewProps) {
  const running = useStore(bench.view, (view) => view.running);
  const shown = useStore(bench.view, (view) => view.shown);
  const begun = useStore(bench.view, (view) => view.frame !== null);
  const form = useStore(bench.view, (view) => view.form);
  return (
    <section aria-label="World" className="work-part">
      <div className="list-head">
        <h2>World</h2>
        {running && (
          <button type="button" className="button" onClick={() => bench.stopRunning()}>
            Stop
          </button>
        )}
        <button
          type="button"
          className={running ? 'button' : 'button button-main'}
          disabled={!ready}
          onClick={() => bench.run()}
        >
          {running ? 'Run again' : 'Run'}
        </button>
      </div>
      {!begun && !running && (
        <p className="soft">Run it to see one world move, driven by chance or by you.</p>
      )}
      {begun && shown && form && (
        <Keys bench={bench} form={form}>
          <Picture bench={bench} />
        </Keys>
      )}
      {running && form && <Drive bench={bench} form={form} learned={learned} />}
      {begun && shown && <Numbers bench={bench} seen={shown.seen} agentCount={shown.agentCount} />}
    </section>
  );
}

type KeysProps = { bench: Workbench; form: ActionForm; children: React.ReactNode };

/** While a person drives, arrow keys on the picture are actions. */
function Keys({ bench, form, children }: KeysProps) {
  const driver = useStore(bench.view, (view) => view.driver);
  const running = useStore(bench.view, (view) => view.running);
  const pad = useRef<HTMLDivElement>(null);
  const words = keyWords(form);
  const takes = running && driver === 'you' && words !== null;
  useEffect(() => {
    const element = pad.current;
    if (!takes || !element) return;
    const down = new Set<string>();
    const share = (plus: string, minus: string) =>
      (down.has(plus) ? 1 : 0) - (down.has(minus) ? 1 : 0);
    const act = () => {
      const arrows = {
        right: share('ArrowRight', 'ArrowLeft'),
        ahead: share('ArrowUp', 'ArrowDown'),
      };
      const action = actionOf(form, arrows);
      if (action) bench.drive('you', action);
    };
    const listening = new AbortController();
    const { signal } = listening;
    const press = (event: KeyboardEvent) => {
      if (!event.key.startsWith('Arrow')) return;
      event.preventDefault();
      event.stopPropagation(); // the match beside it has arrow keys too
      if (event.type === 'keydown') down.add(event.key);
      else down.delete(event.key);
      act();
    };
    element.addEventListener('keydown', press, { signal });
    element.addEventListener('keyup', press, { signal });
    element.addEventListener(
      'blur',
      () => {
        down.clear();
        act();
      },
      { signal },
    );
    element.focus();
    return () => listening.abort();
  }, [bench, form, takes]);
  return (
    <div
      ref={pad}
      className="picture-pad"
      role={takes ? 'application' : undefined}
      aria-label={takes ? 'Drive with arrow keys' : undefined}
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- an `application` takes keys (WAI-ARIA 1.2); the rule counts it among documents
      tabIndex={takes ? 0 : undefined}
    >
      {children}
      {takes && <p className="picture-keys">{words} on the picture drive</p>}
    </div>
  );
}

type NumbersProps = { bench: Workbench; seen: readonly Seen[]; agentCount: number };

function Numbers({ bench, seen, agentCount }: NumbersProps) {
  const frame = useStore(bench.view, (view) => view.frame);
  if (!frame) return null;
  const whose = agentCount > 1 ? 'What the first agent sees' : 'What the agent sees';
  return (
    <>
      <Counters frame={frame} />
      <details className="seen" open={seen.length <= BARS_OPEN_MAX}>
        <summary>{whose}</summary>
        <Bars seen={seen} frame={frame} />
      </details>
    </>
  );
}

/** A bar's ends: the bounds of the number, else the most it has been. */
function Bars({ seen, frame }: { seen: readonly Seen[]; frame: Frame }) {
  return (
    <dl className="bars">
      {seen.map(({ name, low, high }, i) => {
        const value = frame.observation[i] ?? 0;
        const far = frame.farthest[i] || 1;
        const [from, to] = low === null || high === null ? [-far, far] : [low, high];
        const place = (at: number) =>
          Math.min(1, Math.max(0, (at - from) / Math.max(to - from, 1e-9)));
        const zero = place(0);
        const left = Math.min(zero, place(value));
        const width = Math.max(0.006, Math.abs(place(value) - zero));
        return (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{numberText(value)}</dd>
            <span className="bar" aria-hidden="true">
              <i style={{ left: `${left * 100}%`, width: `${width * 100}%` }} />
              <b style={{ left: `${zero * 100}%` }} />
            </span>
          </div>
        );
      })}
    </dl>
  );
}

function Counters({ frame }: { frame: Frame }) {
  const { reward, episodeReturn, steps, episodes, meanReturn } = frame;
  return (
    <dl className="numbers">
      <div>
        <dt>Reward</dt>
        <dd>{numberText(reward)}</dd>
      </div>
      <div>
        <dt>Return so far</dt>
        <dd>{numberText(episodeReturn)}</dd>
      </div>
      <div>
        <dt>Step</dt>
        <dd aria-label="Step">{WHOLE.format(steps)}</dd>
      </div>
      <div>
        <dt>Episodes</dt>
        <dd>{WHOLE.format(episodes)}</dd>
      </div>
      <div>
        <dt>Mean return</dt>
        <dd>{meanReturn === null ? '–' : numberText(meanReturn)}</dd>
      </div>
    </dl>
  );
}

const DRIVERS: readonly Option<Driver>[] = [
  { value: 'random', name: 'Chance' },
  { value: 'you', name: 'You' },
];

type DriveProps = { bench: Workbench; form: ActionForm; learned: Learned | null };

function Drive({ bench, form, learned }: DriveProps) {
  const driver = useStore(bench.view, (view) => view.driver);
  const action = useStore(bench.view, (view) => view.action);
  const refusal = useStore(bench.view, (view) => view.refusal);
  const drivers: Option<Driver>[] = [
    ...DRIVERS,
    { value: 'learned', name: 'Learned', disabled: learned === null },
  ];
  const set = (i: number, value: number) => {
    bench.drive(
      'you',
      action.map((old, k) => (k === i ? value : old)),
    );
  };
  const choose = (next: Driver) => {
    if (next !== 'learned') bench.drive(next, action);
    else if (learned) bench.driveByLearned(learned.policy);
  };
  return (
    <>
      <Choice label="Driven by" value={driver} options={drivers} onChange={choose} />
      {refusal && <p className="soft">What was learned does not fit: {refusal}</p>}
      {driver === 'you' && form.kind === 'choice' && (
        <Choice
          label="Action"
          value={action[0]!}
          options={Array.from({ length: form.count }, (_, i) => ({
            value: form.start + i,
            name: String(form.start + i),
          }))}
          onChange={(value) => set(0, value)}
        />
      )}
      {driver === 'you' &&
        form.kind === 'numbers' &&
        form.numbers.map(({ name, low, high }, i) => (
          <label key={name} className="drive-number">
            <span>{name}</span>
            <input
              type="range"
              min={low}
              max={high}
              step={form.whole ? 1 : (high - low) / 40}
              value={action[i]}
              onChange={(event) => set(i, Number(event.target.value))}
            />
          </label>
        ))}
    </>
  );
}

/** The edited environment as it runs: what is seen as bars, what is done, what it earned. */
import { useStore } from '../app/store.ts';
import type { Option } from '../ui/choice.tsx';
import { Choice } from '../ui/choice.tsx';
import type { ActionForm, Driver, Frame, Seen } from './protocol.ts';
import type { Workbench } from './workbench.ts';

const NUMBER = new Intl.NumberFormat(undefined, {
  minimumFractionDigits: 2,
  maximumFractionDigits: 2,
});
const WHOLE = new Intl.NumberFormat();

function numberText(value: number): string {
  return Number.isInteger(value) && Math.abs(value) >= 10
    ? WHOLE.format(value)
    : NUMBER.format(value);
}

export function LiveView({ bench, ready }: { bench: Workbench; ready: boolean }) {
  const running = useStore(bench.view, (view) => view.running);
  const frame = useStore(bench.view, (view) => view.frame);
  const seen = useStore(bench.view, (view) => view.seen);
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
      {frame === null && !running && (
        <p className="soft">Run it to see one world move, driven by chance or by you.</p>
      )}
      {running && form && <Drive bench={bench} form={form} />}
      {frame && <Bars seen={seen} frame={frame} />}
      {frame && <Counters frame={frame} />}
    </section>
  );
}

/** A bar's ends: the bounds of the number, else the most it has been. */
function Bars({ seen, frame }: { seen: readonly Seen[]; frame: Frame }) {
  return (
    <dl className="bars" aria-label="What the agent sees">
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

function Drive({ bench, form }: { bench: Workbench; form: ActionForm }) {
  const driver = useStore(bench.view, (view) => view.driver);
  const action = useStore(bench.view, (view) => view.action);
  const hasPlayer = useStore(bench.view, (view) => view.hasPlayer);
  const drivers: Option<Driver>[] = [
    { value: 'random', name: 'Chance' },
    { value: 'you', name: 'You' },
    { value: 'player', name: 'What was trained', disabled: !hasPlayer },
  ];
  const set = (i: number, value: number) => {
    bench.drive(
      'you',
      action.map((old, k) => (k === i ? value : old)),
    );
  };
  return (
    <>
      <Choice
        label="Driven by"
        value={driver}
        options={drivers}
        onChange={(next) => bench.drive(next, action)}
      />
      {driver === 'you' && form.kind === 'choice' && (
        <Choice
          label="Action (arrow keys change it)"
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

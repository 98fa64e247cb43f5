/** Several curves over one axis, drawn by uPlot; its words carry the same for ears. */
import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

export type PlotCurve = {
  readonly name: string;
  /** A custom property of CSS: '--green'. */
  readonly colour: string;
  readonly dash: readonly number[];
  readonly points: readonly (readonly [x: number, y: number])[]; // x grows
};

export type ComparePlotProps = {
  readonly curves: readonly PlotCurve[];
  readonly xText: (value: number) => string;
  readonly yText: (value: number) => string;
  readonly words: string;
  /** Ends of the value axis; without them it follows the values. */
  readonly ends?: readonly [low: number, high: number] | undefined;
};

function token(element: Element, name: string): string {
  return getComputedStyle(element).getPropertyValue(name).trim();
}

function optionsOf(host: HTMLElement, props: () => ComparePlotProps): uPlot.Options {
  const axis = {
    stroke: token(host, '--text-soft'),
    font: `12px ${token(host, '--font')}`,
    grid: { stroke: token(host, '--line'), width: 1 },
    ticks: { show: false },
  };
  return {
    width: host.clientWidth,
    height: host.clientHeight,
    legend: { show: false },
    cursor: { y: false, points: { size: 7 } },
    padding: [10, 20, 0, 0],
    scales: {
      y: props().ends ? { range: [...props().ends!] } : {},
      x: { time: false, range: (_, low, high) => [Math.min(0, low ?? 0), high ?? 1] },
    },
    axes: [
      {
        ...axis,
        values: (_, ticks) => ticks.map((tick) => props().xText(tick)),
        size: 30,
        space: 70,
      },
      { ...axis, values: (_, ticks) => ticks.map((tick) => props().yText(tick)), size: 52 },
    ],
    series: [
      {},
      ...props().curves.map(({ name, colour, dash }) => ({
        label: name,
        stroke: token(host, colour),
        width: 2,
        dash: [...dash],
        points: { show: false },
        spanGaps: true,
      })),
    ],
  };
}

/** One column of x for all, as uPlot wants it. */
function dataOf(curves: readonly PlotCurve[]): uPlot.AlignedData {
  if (curves.length === 0) return [[]];
  return uPlot.join(curves.map(({ points }) => [points.map(([x]) => x), points.map(([, y]) => y)]));
}

/** What the plot is made of; another one is another plot. */
function keyOf({ curves, ends }: ComparePlotProps): string {
  const each = curves.map(({ name, colour, dash }) => `${name} ${colour} ${dash.join(' ')}`);
  return [...each, String(ends)].join('\n');
}

export function ComparePlot(props: ComparePlotProps) {
  return (
    <figure className="compare-plot" aria-label={props.words}>
      <Plot key={keyOf(props)} {...props} />
    </figure>
  );
}

function Plot(props: ComparePlotProps) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef(props);
  const { curves } = props;
  useEffect(() => {
    latest.current = props; // before the effects below, which read it
  });
  useEffect(() => {
    const element = host.current!;
    const made = new uPlot(
      optionsOf(element, () => latest.current),
      dataOf(latest.current.curves),
      element,
    );
    plot.current = made;
    const sizes = new ResizeObserver(() => {
      made.setSize({ width: element.clientWidth, height: element.clientHeight });
    });
    sizes.observe(element);
    return () => {
      sizes.disconnect();
      made.destroy();
    };
  }, []);
  useEffect(() => plot.current!.setData(dataOf(curves)), [curves]);
  return <div ref={host} className="compare-host" aria-hidden="true" />;
}

/** One curve over time, drawn by uPlot; its words carry the same for ears. */
import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { lengthText } from '../data/words.ts';

const HEIGHT = 190;

function token(element: Element, name: string): string {
  return getComputedStyle(element).getPropertyValue(name).trim();
}

export type LinePlotProps = {
  /** Seconds and values; null: nothing there. */
  points: readonly (readonly [seconds: number, value: number | null])[];
  /** Where the time axis ends until the points are later, seconds. */
  endSeconds: number;
  /** The value axis; without it, it follows the values. */
  marks?: readonly number[];
  valueText: (value: number) => string;
  words: string;
};

function optionsOf(host: HTMLElement, props: () => LinePlotProps): uPlot.Options {
  const green = token(host, '--green');
  const font = `12px ${token(host, '--font')}`;
  const axis = {
    stroke: token(host, '--text-soft'),
    font,
    grid: { stroke: token(host, '--line'), width: 1 },
    ticks: { show: false },
  };
  const { marks } = props();
  const ends = marks ? ([marks[0]!, marks.at(-1)!] as [number, number]) : null;
  return {
    width: host.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { y: false, points: { size: 7 } },
    padding: [10, 18, 0, 0],
    scales: {
      x: {
        time: false,
        range: (_, low, high) => [0, Math.max(props().endSeconds, high ?? low ?? 0)],
      },
      y: ends ? { range: ends } : {},
    },
    axes: [
      {
        ...axis,
        values: (_, ticks) => ticks.map(lengthText),
        incrs: [1, 5, 10, 30, 60, 120, 300, 600, 1800, 3600],
        size: 30,
        space: 60,
      },
      {
        ...axis,
        values: (_, ticks) => ticks.map((tick) => props().valueText(tick)),
        ...(marks ? { splits: () => [...marks] } : {}),
        size: 46,
      },
    ],
    series: [
      { label: 'Time' },
      { label: 'Value', stroke: green, width: 2, fill: `${green}22`, points: { show: false } },
    ],
  };
}

export function LinePlot(props: LinePlotProps) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef(props);
  const { points, endSeconds, words } = props;
  useEffect(() => {
    const element = host.current!;
    const made = new uPlot(
      optionsOf(element, () => latest.current),
      [[], []],
      element,
    );
    plot.current = made;
    const sizes = new ResizeObserver(() => {
      made.setSize({ width: element.clientWidth, height: HEIGHT });
    });
    sizes.observe(element);
    return () => {
      sizes.disconnect();
      made.destroy();
    };
  }, []);
  useEffect(() => {
    latest.current = props;
    plot.current?.setData([points.map(([seconds]) => seconds), points.map(([, value]) => value)]);
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- `props` is new with every drawing
  }, [points, endSeconds]);
  return (
    <figure className="curve" aria-label={words}>
      <div ref={host} aria-hidden="true" />
    </figure>
  );
}

/** The live curve: games won against the hard bot over the time trained. */
import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { lengthText } from '../data/words.ts';
import type { CurvePoint } from '../storage/database.ts';

const HEIGHT = 190;

function token(element: Element, name: string): string {
  return getComputedStyle(element).getPropertyValue(name).trim();
}

function dataOf(points: readonly CurvePoint[]): uPlot.AlignedData {
  return [
    points.map((point) => point.seconds),
    points.map((point) => (point.winRate === null ? null : point.winRate * 100)),
  ];
}

/** `goal`: where the time axis ends until the run is longer, seconds. */
function optionsOf(host: HTMLElement, goal: () => number): uPlot.Options {
  const line = token(host, '--line');
  const text = token(host, '--text-soft');
  const green = token(host, '--green');
  const font = `12px ${token(host, '--font')}`;
  const axis = { stroke: text, font, grid: { stroke: line, width: 1 }, ticks: { show: false } };
  return {
    width: host.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { y: false, points: { size: 7 } },
    padding: [10, 18, 0, 0],
    scales: {
      x: { time: false, range: (_, low, high) => [0, Math.max(goal(), high ?? low ?? 0)] },
      y: { range: [0, 100] },
    },
    axes: [
      {
        ...axis,
        values: (_, ticks) => ticks.map(lengthText),
        incrs: [10, 30, 60, 120, 300, 600, 1800, 3600],
        size: 30,
        space: 60,
      },
      {
        ...axis,
        values: (_, ticks) => ticks.map((tick) => `${tick} %`),
        splits: () => [0, 25, 50, 75, 100],
        size: 46,
      },
    ],
    series: [
      { label: 'Time' },
      { label: 'Won', stroke: green, width: 2, fill: `${green}22`, points: { show: false } },
    ],
  };
}

export type CurveProps = { points: readonly CurvePoint[]; goalSeconds: number };

export function Curve({ points, goalSeconds }: CurveProps) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const goal = useRef(goalSeconds);
  useEffect(() => {
    const element = host.current!;
    const made = new uPlot(
      optionsOf(element, () => goal.current),
      dataOf([]),
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
    goal.current = goalSeconds;
    plot.current?.setData(dataOf(points));
  }, [points, goalSeconds]);
  const last = points.at(-1)?.winRate;
  const words =
    last === null || last === undefined
      ? 'Games won against the hard bot over time: nothing yet'
      : `Games won against the hard bot over time: now ${Math.round(last * 100)} %`;
  return (
    <figure className="curve" aria-label={words}>
      <div ref={host} aria-hidden="true" />
    </figure>
  );
}

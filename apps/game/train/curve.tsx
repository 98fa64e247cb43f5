/** The live curve: games won against the scripted bot over the time trained. */
import { useMemo } from 'react';
import type { CurvePoint } from '../storage/database.ts';
import { LinePlot } from '../ui/line-plot.tsx';

const MARKS = [0, 25, 50, 75, 100];
const percent = (value: number) => `${value} %`;

export type CurveProps = { points: readonly CurvePoint[]; goalSeconds: number };

export function Curve({ points, goalSeconds }: CurveProps) {
  const drawn = useMemo(
    () =>
      points.map(
        ({ seconds, winRate }) => [seconds, winRate === null ? null : winRate * 100] as const,
      ),
    [points],
  );
  const last = points.at(-1)?.winRate;
  const words =
    last === null || last === undefined
      ? 'Games won against the scripted bot over time: nothing yet'
      : `Games won against the scripted bot over time: now ${Math.round(last * 100)} %`;
  return (
    <LinePlot
      points={drawn}
      endSeconds={goalSeconds}
      marks={MARKS}
      valueText={percent}
      words={words}
    />
  );
}

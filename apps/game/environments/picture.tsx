/** The world as it runs: drawn from its state where it has a picture, else what is seen over time. */
import { useEffect, useRef } from 'react';
import type { Drawing } from '../train/drawing/sheet.ts';
import { Sheet } from '../train/drawing/sheet.ts';
import { drawingOf } from '../train/drawing/drawings.ts';
import { coloursOf, fit } from '../train/projector.ts';
import { useStore } from '../app/store.ts';
import type { Frame, Shown } from './protocol.ts';
import { pictureWords } from './picture-words.ts';
import { drawTraces, Traces } from './traces.ts';
import type { Workbench } from './workbench.ts';

function drawFrame(
  sheet: Sheet,
  drawing: Drawing,
  { shown, frame }: { shown: Shown; frame: Frame },
) {
  drawing(sheet, {
    value: (name) => frame.state[shown.names.indexOf(name)] ?? Number.NaN,
    action: frame.action,
  });
}

export function Picture({ bench }: { bench: Workbench }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const shown = useStore(bench.view, (view) => view.shown);
  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d');
    if (!element || !context || !shown) return; // the numbers beside it say the same
    const sheet = new Sheet(context, coloursOf(element));
    const drawing = drawingOf({ picture: shown.picture ?? undefined }, shown.names);
    const traces = new Traces();
    const draw = () => {
      const { frame } = bench.view.value;
      if (!frame) return;
      fit(element);
      if (drawing) return drawFrame(sheet, drawing, { shown, frame });
      traces.add(frame);
      drawTraces(sheet, traces, shown.seen);
    };
    draw();
    return bench.view.subscribe(draw);
  }, [bench, shown]);
  const words = shown && pictureWords(shown);
  return (
    <figure className="picture" aria-label={`${shown?.name ?? ''} as it runs`}>
      <canvas ref={canvas} aria-hidden="true" />
      {words && <figcaption className="soft">{words}</figcaption>}
    </figure>
  );
}

/** Shows a film on a canvas, as fast as it was played, until it is disposed. */
import type { RunEnvironment } from '../storage/run-rows.ts';
import { drawingOf } from './drawing/drawings.ts';
import { drawNumbers } from './drawing/numbers.ts';
import { type Colours, Sheet } from './drawing/sheet.ts';
import type { Film } from './recording.ts';
import { environmentOf } from './run-environment.ts';

const TOKENS = {
  ground: '--surface',
  line: '--line',
  soft: '--text-faint',
  text: '--text',
  green: '--green',
  blue: '--blue',
  orange: '--orange',
  pitch: '--scene-pitch',
  pitchLine: '--scene-line',
  ball: '--scene-ball',
} as const satisfies Record<keyof Colours, string>;

export function coloursOf(element: Element): Colours {
  const style = getComputedStyle(element);
  const read = ([name, token]: [string, string]) => [name, style.getPropertyValue(token).trim()];
  return Object.fromEntries(Object.entries(TOKENS).map(read)) as Colours;
}

/** At its end a film stands for so long. */
const STAND_SECONDS = 0.7;

export type ProjectorOptions = {
  readonly canvas: HTMLCanvasElement;
  readonly environment: RunEnvironment;
  readonly film: Film;
  readonly onStep: (step: number) => void;
  readonly onEnd: () => void;
};

export class Projector implements Disposable {
  isPlaying = true;
  speed = 1;
  readonly #options: ProjectorOptions;
  readonly #draw: (step: number) => void;
  #frame = 0;
  #before = performance.now();
  #seconds = 0;
  #shown = '';
  #isOver = false;

  constructor(options: ProjectorOptions) {
    this.#options = options;
    this.#draw = drawerOf(options);
    this.#frame = requestAnimationFrame(this.#tick);
  }

  /** Of the film's steps, 0 .. T. */
  seek(step: number): void {
    this.#seconds = step * this.#options.film.stepSeconds;
    this.#isOver = false;
  }

  get atEnd(): boolean {
    const { film } = this.#options;
    return this.#seconds >= film.rewards.length * film.stepSeconds;
  }

  readonly #tick = (now: number): void => {
    const { film, canvas, onStep, onEnd } = this.#options;
    const passed = Math.min(0.1, (now - this.#before) / 1000); // never in a hurry
    if (this.isPlaying) this.#seconds += passed * this.speed;
    this.#before = now;
    const T = film.rewards.length;
    const step = Math.min(T, Math.floor(this.#seconds / film.stepSeconds));
    fit(canvas);
    const shown = `${step} ${canvas.width} ${canvas.height}`;
    if (shown !== this.#shown) {
      this.#draw(step);
      onStep(step);
      this.#shown = shown;
    }
    this.#frame = requestAnimationFrame(this.#tick);
    const isOver = this.#seconds > T * film.stepSeconds + STAND_SECONDS;
    if (isOver && !this.#isOver && this.isPlaying) onEnd();
    this.#isOver = isOver;
  };

  [Symbol.dispose](): void {
    cancelAnimationFrame(this.#frame);
  }
}

function drawerOf({ canvas, environment, film }: ProjectorOptions): (step: number) => void {
  const context = canvas.getContext('2d');
  if (!context) return () => undefined; // the words below say what was played
  const sheet = new Sheet(context, coloursOf(canvas));
  const drawing = drawingOf(environmentOf(environment), film.names);
  const { names, states, actions, rewards, observations } = film;
  const T = rewards.length;
  const places = new Map(names.map((name, i) => [name, i]));
  const [actionSize, D] = [actions.length / Math.max(T, 1), observations.length / (T + 1)];
  return (step) => {
    const observation = observations.subarray(step * D, (step + 1) * D);
    if (!drawing) return drawNumbers(sheet, { film, observation });
    const done = Math.min(step, T - 1) * actionSize;
    drawing(sheet, {
      value: (name) => states[step * names.length + (places.get(name) ?? Number.NaN)] ?? Number.NaN,
      action: [...actions.subarray(done, done + actionSize)],
    });
  };
}

/** As many pixels as are shown. */
export function fit(canvas: HTMLCanvasElement): void {
  const width = Math.round(canvas.clientWidth * devicePixelRatio);
  const height = Math.round(canvas.clientHeight * devicePixelRatio);
  if (canvas.width === width && canvas.height === height) return;
  canvas.width = width;
  canvas.height = height;
}

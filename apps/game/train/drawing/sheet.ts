/** A canvas to draw environments on: world coordinates, y up, and the page's colours. */

export type Colours = Readonly<
  Record<
    | 'ground'
    | 'line'
    | 'soft'
    | 'text'
    | 'green'
    | 'blue'
    | 'orange'
    | 'pitch'
    | 'pitchLine'
    | 'ball',
    string
  >
>;

export type Point = readonly [x: number, y: number];

/** The part of the world that is to be seen, at least. */
export type Window = { left: number; right: number; bottom: number; top: number };

const PADDING = 14;

export class Sheet {
  readonly context: CanvasRenderingContext2D;
  readonly colours: Colours;
  /** Pixels per unit of the world. */
  scale = 1;
  #centre: Point = [0, 0];

  constructor(context: CanvasRenderingContext2D, colours: Colours) {
    this.context = context;
    this.colours = colours;
  }

  get width(): number {
    return this.context.canvas.width / devicePixelRatio;
  }

  get height(): number {
    return this.context.canvas.height / devicePixelRatio;
  }

  /** An empty sheet that shows this part of the world, in its middle. */
  begin(window: Window): void {
    const { context, width, height } = this;
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    context.clearRect(0, 0, width, height);
    context.lineCap = 'round';
    context.lineJoin = 'round';
    const [w, h] = [window.right - window.left, window.top - window.bottom];
    this.scale = Math.min((width - 2 * PADDING) / w, (height - 2 * PADDING) / h);
    this.#centre = [(window.left + window.right) / 2, (window.bottom + window.top) / 2];
  }

  /** Where a point of the world is on the sheet, in pixels. */
  at([x, y]: Point): [number, number] {
    const [cx, cy] = this.#centre;
    return [this.width / 2 + (x - cx) * this.scale, this.height / 2 - (y - cy) * this.scale];
  }

  line(points: readonly Point[], o: { colour: string; width: number; closed?: boolean }): void {
    const { context } = this;
    context.beginPath();
    for (const point of points) context.lineTo(...this.at(point));
    if (o.closed) context.closePath();
    context.strokeStyle = o.colour;
    context.lineWidth = o.width;
    context.stroke();
  }

  area(points: readonly Point[], colour: string): void {
    const { context } = this;
    context.beginPath();
    for (const point of points) context.lineTo(...this.at(point));
    context.closePath();
    context.fillStyle = colour;
    context.fill();
  }

  /** Radius in units of the world. */
  disc(centre: Point, radius: number, colour: string): void {
    const { context } = this;
    context.beginPath();
    context.arc(...this.at(centre), radius * this.scale, 0, 2 * Math.PI);
    context.fillStyle = colour;
    context.fill();
  }

  ring(centre: Point, radius: number, o: { colour: string; width: number }): void {
    const { context } = this;
    context.beginPath();
    context.arc(...this.at(centre), radius * this.scale, 0, 2 * Math.PI);
    context.strokeStyle = o.colour;
    context.lineWidth = o.width;
    context.stroke();
  }

  box(left: number, bottom: number, size: Point, colour: string): void {
    const [right, top] = [left + size[0], bottom + size[1]];
    const corners: Point[] = [[left, bottom], [right, bottom], [right, top], [left, top]]; // prettier-ignore
    this.area(corners, colour);
  }

  /** In pixels from a point of the world; centred. */
  word(at: Point, text: string, colour: string): void {
    const { context } = this;
    context.font = '600 12px system-ui, sans-serif';
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    context.fillStyle = colour;
    context.fillText(text, ...this.at(at));
  }
}

/** One moment of an episode. */
export type Moment = {
  /** A number of the state by its name. */
  readonly value: (name: string) => number;
  readonly action: readonly number[]; // what was done in it; of all agents
};

export type Drawing = (sheet: Sheet, moment: Moment) => void;

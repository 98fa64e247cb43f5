/**
 * The picture: pitch, robots, ball, camera, on one canvas that fills its host. It draws moments of a
 * match or of a replay and knows nothing of either. When the device is lost it opens another one.
 */
import type { Moment } from './actors.ts';
import type { Scene } from './build-scene.ts';
import { buildScene } from './build-scene.ts';
import type { CameraView, Insets } from './camera-rig.ts';
import { CameraRig } from './camera-rig.ts';
import { readPalette } from './palette.ts';
import type { PitchSize } from './pitch-size.ts';
import type { Backend, Drawing, OpenedRenderer } from './renderer.ts';
import { chooseDrawing, openRenderer } from './renderer.ts';
import type { Resolution } from './resolution.ts';
import { observeFrame, startResolution } from './resolution.ts';

export type StageOptions = {
  host: HTMLElement;
  pitch: PitchSize;
  wanted: Backend | null;
  reducedMotion: boolean;
  /** Draw every pixel however slow. */
  sharp: boolean;
  /** The device was lost; `recovered` says on what drawing goes on, or null when on nothing. */
  onLost(recovered: Drawing | null, reason: string): void;
};

export type StageResult =
  | { readonly ok: true; readonly stage: Stage }
  | { readonly ok: false; readonly reason: string };

const PIXEL_SHARES = [1, 0.8, 0.64, 0.5, 0.4] as const;
const SOFTWARE_STEP = 2;
const PIXEL_RATIO_MAX = 2;
const LOSSES_MAX = 4; // after so many the page stops trying
const CHEER_SECONDS = 1.7;
/**
 * A paused picture is drawn for so long, until the camera has come to rest, and then left as it is:
 * a training run beside it has better use for the processor.
 */
const STILL_SECONDS = 1.5;

const UNDRAWN =
  'The pitch cannot be drawn: the graphics device of this browser could not be opened. ' +
  'Switch on hardware acceleration in its settings, or open the page in another browser.';

export class Stage implements Disposable {
  readonly #options: StageOptions;
  readonly #rig: CameraRig;
  #drawing: Drawing;
  #opened!: OpenedRenderer;
  #canvas!: HTMLCanvasElement;
  #built!: Scene;
  #resolution: Resolution = startResolution(PIXEL_SHARES.length);
  #insets: Insets = { top: 0, bottom: 0, side: 0 };
  #marked: readonly number[] = [];
  #subject: number | null = null;
  #cheer = { x: 0, seconds: CHEER_SECONDS };
  #losses = 0;
  #drawn: Moment | null = null;
  #stillSeconds = 0;
  #alive = false;
  #recovering = false;
  readonly #sizes: ResizeObserver;

  private constructor(options: StageOptions, drawing: Drawing) {
    this.#options = options;
    this.#drawing = drawing;
    this.#rig = new CameraRig(options.pitch);
    this.#sizes = new ResizeObserver(() => this.#resize());
  }

  static async create(options: StageOptions): Promise<StageResult> {
    const choice = await chooseDrawing(options.wanted);
    if (!choice.ok) return choice;
    const stage = new Stage(options, choice.drawing);
    if (!(await stage.#open())) await stage.#recover('it could not be opened');
    if (!stage.#alive) return { ok: false, reason: UNDRAWN };
    stage.#sizes.observe(options.host);
    return { ok: true, stage };
  }

  get drawing(): Drawing {
    return this.#drawing;
  }

  get view(): CameraView {
    return this.#rig.view;
  }

  set view(view: CameraView) {
    this.#rig.view = view;
    this.#stillSeconds = 0;
  }

  /** Which way the picture's up points on the pitch: radians, as camera-fit's yaw. */
  get yaw(): number {
    return this.#rig.yaw;
  }

  /** False: it could not be opened, or was lost at once. */
  async #open(): Promise<boolean> {
    const { host, pitch } = this.#options;
    const { software } = this.#drawing;
    const canvas = document.createElement('canvas');
    canvas.className = 'stage-canvas';
    canvas.setAttribute('role', 'img');
    canvas.setAttribute('aria-label', 'The pitch');
    this.#canvas = canvas;
    let lost = false;
    try {
      this.#opened = await openRenderer(canvas, this.#drawing, (reason) => {
        lost = true;
        if (canvas === this.#canvas) void this.#recover(reason);
      });
    } catch {
      return false;
    }
    host.replaceChildren(canvas);
    this.#built = buildScene(pitch, readPalette(host), software);
    this.#built.actors.setMarked(this.#marked);
    const steps = this.#options.sharp ? 1 : PIXEL_SHARES.length;
    this.#resolution = startResolution(steps, software ? SOFTWARE_STEP : 0);
    this.#resize();
    this.#alive = !lost;
    if (lost) this.#close();
    return this.#alive;
  }

  #close(): void {
    this.#built.dispose();
    this.#opened.close();
    this.#canvas.remove();
  }

  /** The same kind of device once more, then WebGL 2, then nothing. */
  async #recover(reason: string): Promise<void> {
    if (!this.#alive && this.#recovering) return;
    const open = this.#alive;
    this.#alive = false;
    this.#recovering = true;
    try {
      if (open) this.#close();
    } catch {
      // What is left of a lost device may refuse to be closed; it is gone either way.
    }
    while (this.#losses < LOSSES_MAX && !this.#alive) {
      this.#losses += 1;
      const wanted = this.#losses === 1 ? this.#options.wanted : 'webgl';
      const choice = await chooseDrawing(wanted);
      if (!choice.ok) break;
      this.#drawing = choice.drawing;
      await this.#open();
    }
    this.#recovering = false;
    this.#options.onLost(this.#alive ? this.#drawing : null, reason);
  }

  /** Colours changed (dark to light): everything is painted anew. */
  repaint(): void {
    if (!this.#alive) return;
    this.#built.dispose();
    this.#built = buildScene(
      this.#options.pitch,
      readPalette(this.#options.host),
      this.#drawing.software,
    );
    this.#built.actors.setMarked(this.#marked);
    this.#stillSeconds = 0;
  }

  setInsets(insets: Insets): void {
    this.#insets = insets;
    if (this.#alive) this.#resize();
  }

  /** Robots with a ring; the first of them is what the `behind` view follows, else the ball. */
  setMarked(robots: readonly number[]): void {
    this.#marked = robots;
    this.#subject = robots[0] ?? null;
    this.#built.actors.setMarked(robots);
    this.#rig.jump();
    this.#stillSeconds = 0;
  }

  celebrate(team: 0 | 1): void {
    if (!this.#alive || this.#options.reducedMotion) return;
    const x = (team === 0 ? 1 : -1) * (this.#options.pitch.length / 2);
    this.#built.celebration.start(team, x);
    this.#cheer = { x, seconds: 0 };
  }

  calm(): void {
    if (this.#alive) this.#built.celebration.stop();
    this.#cheer.seconds = CHEER_SECONDS;
  }

  /** Moves everything to a moment; `draw` then draws it. */
  advance(moment: Moment, seconds: number): void {
    if (!this.#alive) return;
    const same = moment.state === this.#drawn?.state && moment.blend === this.#drawn.blend;
    this.#stillSeconds = same ? this.#stillSeconds + seconds : 0;
    this.#drawn = moment;
    if (this.#stillSeconds > STILL_SECONDS) return;
    const { actors, celebration } = this.#built;
    actors.place(moment, seconds);
    celebration.advance(seconds);
    this.#cheer.seconds = Math.min(CHEER_SECONDS, this.#cheer.seconds + seconds);
    const phase = this.#cheer.seconds / CHEER_SECONDS;
    const share = Math.sin(phase * Math.PI);
    const own = this.#subject === null ? null : actors.robotAt(this.#subject);
    this.#rig.advance(seconds, { own, ball: actors.ballAt }, { x: this.#cheer.x, z: 0, share });
  }

  draw(seconds: number): void {
    if (!this.#alive || this.#stillSeconds > STILL_SECONDS) return;
    const next = observeFrame(this.#resolution, seconds);
    const changed = next.step !== this.#resolution.step;
    this.#resolution = next;
    if (changed) this.#resize();
    try {
      this.#opened.renderer.render(this.#built.scene, this.#rig.camera);
    } catch (error) {
      // A device can be gone before it says so, or be given out broken after a loss.
      void this.#recover(error instanceof Error ? error.message : String(error));
    }
  }

  #resize(): void {
    this.#stillSeconds = 0;
    const width = Math.max(1, this.#options.host.clientWidth);
    const height = Math.max(1, this.#options.host.clientHeight);
    const share = PIXEL_SHARES[this.#resolution.step]!;
    this.#opened.renderer.setPixelRatio(Math.min(devicePixelRatio, PIXEL_RATIO_MAX) * share);
    this.#opened.renderer.setSize(width, height, false);
    this.#rig.resize({ width, height }, this.#insets);
  }

  [Symbol.dispose](): void {
    this.#sizes.disconnect();
    if (this.#alive) this.#close();
    this.#alive = false;
  }
}

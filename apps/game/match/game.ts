/**
 * The game as one object: it owns the stage, the match under way, input, sound and the frame loop.
 * React reads `view` and calls its methods; it draws nothing of the match itself.
 */
import type { WasmCompute } from '@dreampitch/compute';
import { openWasm } from '@dreampitch/compute';
import type { MatchEvent } from '@dreampitch/sim';
import { Match, MATCH_RULES, soccer } from '@dreampitch/sim';
import { recall, remember } from '../app/preferences.ts';
import { Store } from '../app/store.ts';
import { Input } from '../controls/input.ts';
import type { Insets } from '../scene/camera-rig.ts';
import { CAMERA_VIEWS } from '../scene/camera-rig.ts';
import { pitchSizeOf } from '../scene/pitch-size.ts';
import { Stage } from '../scene/stage.ts';
import { Sound } from '../sound/sound.ts';
import type { Keeper } from './keeper.ts';
import { Measure } from './measure.ts';
import type { LoadPlayer } from './policies.ts';
import { policiesOf, teamNameOf } from './policies.ts';
import type { Screening } from './screening.ts';
import { Session } from './session.ts';
import type { MatchSetup } from './setup.ts';
import { parseSetup, seatsOf, withoutPlayers } from './setup.ts';
import type { GameView, Pause } from './view.ts';

const ELAPSED_SECONDS_MAX = 0.25;
const FRAME_RATE_SECONDS = 0.5;

function startView(): GameView {
  const view = recall('camera');
  return {
    status: 'loading',
    failure: null,
    setup: parseSetup(recall('setup')),
    teamNames: ['You', ''],
    score: [0, 0],
    clockSeconds: 0,
    phase: 'kick-off',
    countdown: null,
    goalBy: null,
    pause: null,
    cameraView: CAMERA_VIEWS.find((name) => name === view) ?? 'whole',
    frameRateShown: recall('frame-rate') === 'shown',
    framesPerSecond: 0,
    drawingWords: '',
    muted: recall('muted') === 'yes',
    notice: null,
    driven: false,
    screening: null,
    dialog: null,
  };
}

export class Game {
  readonly view = new Store<GameView>(startView());
  readonly sound = new Sound(this.view.value.muted);
  readonly input: Input;
  /** Keeps matches; joins once storage is open. */
  #keeper: Keeper | null = null;
  /** Set by the page: what a shortcut does. `loadPlayer` takes storage along when it is needed. */
  loadPlayer: LoadPlayer = async (id) => (await import('../storage/load-policy.ts')).loadPolicy(id);
  onShortcut: (key: string) => boolean = () => false;
  readonly #measure = new Measure();
  #compute: WasmCompute | null = null;
  #stage: Stage | null = null;
  #session: Session | null = null;
  #lastMilliseconds = 0;
  #frames = { count: 0, seconds: 0 };
  #noticeId = 0;
  #starting = 0;
  #covered = false;
  #stepStart = 0;

  constructor() {
    this.input = new Input({
      onShortcut: (key) => this.onShortcut(key),
      onWake: () => this.sound.wake(),
    });
    this.#measure.show(() => this.#session?.state ?? null);
    document.addEventListener('visibilitychange', () => {
      if (document.hidden) this.pause('hidden');
    });
  }

  get compute(): WasmCompute | null {
    return this.#compute;
  }

  get session(): Session | null {
    return this.#session;
  }

  /** Opens compute and stage at once, then starts the first match. Never rejects. */
  async open(host: HTMLElement): Promise<void> {
    try {
      const [compute, opened] = await Promise.all([
        openWasm({ threadCount: 1, sharedMemory: false }),
        this.#openStage(host),
      ]);
      this.#compute = compute;
      if (!opened) return;
      await this.start(this.view.value.setup);
    } catch (error) {
      this.#fail(`The match could not be started: ${String(error)}. Reload the page to try again.`);
    }
  }

  async #openStage(host: HTMLElement): Promise<boolean> {
    const asked = new URLSearchParams(location.search);
    const renderer = asked.get('renderer');
    const opened = await Stage.create({
      host,
      pitch: pitchSizeOf(soccer(1).parameters),
      wanted: renderer === 'webgpu' || renderer === 'webgl' ? renderer : null,
      sharp: asked.has('sharp'),
      reducedMotion: matchMedia('(prefers-reduced-motion: reduce)').matches,
      onLost: (recovered, reason) => {
        if (!recovered) {
          this.#fail(
            `The graphics device was lost (${reason}) and no other one could be opened. ` +
              'Matches kept before are safe. Reload the page to play on.',
          );
          return;
        }
        this.view.set({ drawingWords: recovered.words });
        this.tell(`The graphics device was lost; the match goes on with ${recovered.words}.`, true);
      },
    });
    if (!opened.ok) {
      this.#fail(opened.reason);
      return false;
    }
    this.#stage = opened.stage;
    this.#stage.view = this.view.value.cameraView;
    this.view.set({ drawingWords: opened.stage.drawing.words });
    return true;
  }

  #fail(failure: string): void {
    this.#keeper?.save();
    this.view.set({ status: 'failed', failure });
  }

  /** Ends the match under way and starts one with this setup. */
  async start(setup: MatchSetup): Promise<void> {
    const compute = this.#compute;
    if (!compute || !this.#stage) return;
    const starting = ++this.#starting;
    const seed = crypto.getRandomValues(new Uint32Array(1))[0]!;
    const rules = { ticksMax: setup.minutes * 60 * 60 };
    let match: Match;
    try {
      const controllers = await policiesOf(setup, seed, this.loadPlayer);
      const { robotsPerTeam } = setup;
      const startedAt = Date.now();
      match = await Match.create(compute, { robotsPerTeam, rules, seed, controllers, startedAt });
    } catch (error) {
      const bots = withoutPlayers(setup);
      if (this.#session === null && bots === setup) throw error;
      const reason = (error as Error).message;
      if (this.#session !== null) {
        return this.tell(`That match could not be started. ${reason}`, true);
      }
      this.tell(`${reason} The hard bot plays instead.`, true);
      return this.start(bots);
    }
    if (starting !== this.#starting) return match[Symbol.dispose](); // another was asked for since
    this.#endSession();
    this.#adopt(match, setup);
  }

  #adopt(match: Match, setup: MatchSetup): void {
    const first = this.#session === null && this.view.value.status === 'loading';
    const { tickSeconds } = soccer(setup.robotsPerTeam);
    const ticksMax = match.options.rules?.ticksMax ?? MATCH_RULES.ticksMax;
    const { robotsPerTeam } = setup;
    const seats = seatsOf(setup);
    this.#session = new Session({ match, seats, robotsPerTeam, tickSeconds, ticksMax });
    this.input.friend = setup.orange === 'friend';
    this.input.release();
    this.#stage!.setMarked(seats.map((seat) => seat.robot));
    this.#stage!.calm();
    this.#keeper?.begin(match);
    remember('setup', JSON.stringify(setup));
    const blueNames = match.options.controllers.map((c) => (c === 'human' ? null : c.name));
    const nameOf = (team: 0 | 1) =>
      teamNameOf(team === 0 ? setup.blue : setup.orange, blueNames[team * robotsPerTeam] ?? null);
    this.view.set({
      status: 'ready',
      setup,
      teamNames: [nameOf(0), nameOf(1)],
      pause: this.#covered ? 'panel' : document.hidden ? 'hidden' : null,
      goalBy: null,
    });
    this.#show();
    if (first) requestAnimationFrame((now) => this.#frame(now));
  }

  #endSession(): void {
    if (!this.#session) return;
    this.#keeper?.end();
    this.#session[Symbol.dispose]();
    this.#session = null;
  }

  restart(): Promise<void> {
    return this.start(this.view.value.setup);
  }

  keepWith(keeper: Keeper): void {
    this.#keeper = keeper;
    if (!this.#session) return;
    keeper.begin(this.#session.match);
    if (this.view.value.pause !== null) keeper.save(); // paused before storage was open
  }

  pause(pause: Exclude<Pause, null>): void {
    const { value } = this.view;
    if (value.status !== 'ready' || value.pause === 'person') return;
    if (value.phase === 'over') return;
    this.input.release();
    this.view.set({ pause });
    this.#keeper?.save();
  }

  resume(): void {
    this.view.set({ pause: null });
  }

  /** A panel or a dialog stops the match that runs, and one that is begun behind it. */
  setCovered(covered: boolean): void {
    this.#covered = covered;
    if (covered) this.pause('panel');
    else if (this.view.value.pause === 'panel') this.resume();
  }

  togglePause(): void {
    if (this.view.value.pause === null) this.pause('person');
    else this.resume();
  }

  /** The next of the views. */
  changeCamera(): void {
    const at = CAMERA_VIEWS.indexOf(this.view.value.cameraView);
    const cameraView = CAMERA_VIEWS[(at + 1) % CAMERA_VIEWS.length]!;
    this.view.set({ cameraView });
    remember('camera', cameraView);
    if (this.#stage) this.#stage.view = cameraView;
  }

  toggleFrameRate(): void {
    const frameRateShown = !this.view.value.frameRateShown;
    remember('frame-rate', frameRateShown ? 'shown' : 'hidden');
    this.view.set({ frameRateShown });
  }

  setMuted(muted: boolean): void {
    this.sound.muted = muted;
    remember('muted', muted ? 'yes' : 'no');
    this.view.set({ muted });
  }

  /** A line for the person, said once. */
  tell(text: string, alert = false): void {
    this.#noticeId += 1;
    this.view.set({ notice: { id: this.#noticeId, text, alert } });
  }

  /** Shows a kept match instead of the one under way, or that one again. */
  show(screening: Screening | null): void {
    this.view.value.screening?.[Symbol.dispose]();
    if (screening) this.pause('panel');
    this.#stage?.calm();
    this.#stage?.setMarked(screening ? [] : (this.#session?.seats ?? []).map((seat) => seat.robot));
    this.view.set({ screening });
  }

  setInsets(insets: Insets): void {
    this.#stage?.setInsets(insets);
  }

  repaint(): void {
    this.#stage?.repaint();
  }

  #onTick(events: readonly MatchEvent[]): void {
    for (const event of events) {
      this.sound.play(event);
      if (event.type !== 'goal') continue;
      this.#stage!.celebrate(event.team);
      if (!this.view.value.screening) this.view.set({ goalBy: event.team });
    }
  }

  #frame(now: number): void {
    if (this.view.value.status === 'failed') return;
    requestAnimationFrame((next) => this.#frame(next));
    try {
      this.#advanceFrame(now);
    } catch (error) {
      this.#fail(
        `The match stopped: ${String(error)}. What was played is kept where you agreed to it. ` +
          'Reload the page to play on.',
      );
    }
  }

  #advanceFrame(now: number): void {
    const elapsed = Math.min(
      ELAPSED_SECONDS_MAX,
      Math.max(0, (now - this.#lastMilliseconds) / 1000),
    );
    this.#lastMilliseconds = now;
    const stage = this.#stage;
    if (!stage || !this.#session) return;
    const work = this.#measure.start();
    const { screening } = this.view.value;
    if (screening) screening.advance(elapsed, (events) => this.#onTick(events));
    else this.#advance(elapsed);
    stage.advance((screening ?? this.#session).moment, elapsed);
    this.#countFrame(elapsed);
    this.#measure.end('frame-work', work);
    stage.draw(elapsed);
    this.#measure.playable();
  }

  #advance(elapsed: number): void {
    const hands = this.input.hands();
    if (this.view.value.pause !== null) return;
    const session = this.#session!;
    if (hands.some((hand) => hand.x !== 0 || hand.y !== 0 || hand.spin)) {
      this.view.set({ driven: true });
    }
    this.#stepStart = this.#measure.start();
    session.advance(elapsed, hands, this.#stage!.yaw, (events) => {
      this.#keeper?.tick(events);
      this.#measure.end('tick', this.#stepStart);
      this.#onTick(events);
      this.#stepStart = this.#measure.start();
    });
    this.#show();
  }

  /** Copies what people read of the match into the view, where it differs. */
  #show(): void {
    const { state, clockSeconds } = this.#session!;
    const { score, goalBy } = this.view.value;
    const same = score[0] === state.score[0] && score[1] === state.score[1];
    const celebrated = state.phase === 'celebration' || state.phase === 'over';
    this.view.set({
      score: same ? score : state.score,
      clockSeconds: Math.ceil(clockSeconds - 1e-6),
      phase: state.phase,
      countdown: state.phase === 'kick-off' ? Math.ceil(state.phaseTicks / 20) : null,
      goalBy: celebrated ? goalBy : null,
    });
  }

  #countFrame(elapsed: number): void {
    this.#frames.count += 1;
    this.#frames.seconds += elapsed;
    if (this.#frames.seconds < FRAME_RATE_SECONDS) return;
    const framesPerSecond = Math.round(this.#frames.count / this.#frames.seconds);
    this.#frames = { count: 0, seconds: 0 };
    if (this.view.value.frameRateShown) this.view.set({ framesPerSecond });
  }
}

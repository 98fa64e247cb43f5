/** Every sound of the game, synthesised: no files to load. Silent until the first key or touch. */
import type { MatchEvent } from '@dreampitch/sim';

const VOLUME = 0.5;
/** Sounds of one kind closer together than this are one. */
const REPEAT_SECONDS_MIN = 0.06;

type Kind = MatchEvent['type'];

export class Sound {
  #context: AudioContext | null = null;
  #out: GainNode | null = null;
  #noise: AudioBuffer | null = null;
  #muted: boolean;
  readonly #last = new Map<Kind, number>();

  constructor(muted: boolean) {
    this.#muted = muted;
  }

  get muted(): boolean {
    return this.#muted;
  }

  set muted(muted: boolean) {
    this.#muted = muted;
    if (this.#out) this.#out.gain.value = muted ? 0 : VOLUME;
  }

  /** To be called from a key press or a touch: browsers allow sound only from there. */
  wake(): void {
    if (this.#context) {
      if (this.#context.state === 'suspended') void this.#context.resume();
      return;
    }
    const context = new AudioContext({ latencyHint: 'interactive' });
    const limiter = context.createDynamicsCompressor();
    this.#out = context.createGain();
    this.#out.gain.value = this.#muted ? 0 : VOLUME;
    this.#out.connect(limiter).connect(context.destination);
    this.#noise = context.createBuffer(1, context.sampleRate, context.sampleRate);
    const samples = this.#noise.getChannelData(0);
    for (let i = 0; i < samples.length; i++) samples[i] = Math.random() * 2 - 1;
    this.#context = context;
  }

  play(event: MatchEvent): void {
    const context = this.#context;
    if (!context || this.#muted || context.state !== 'running') return;
    const now = context.currentTime;
    if (now - (this.#last.get(event.type) ?? -1) < REPEAT_SECONDS_MIN) return;
    this.#last.set(event.type, now);
    switch (event.type) {
      case 'kick':
        return this.#kick(Math.min(1, event.strength / 2));
      case 'wall':
        return this.#wall(Math.min(1, event.strength / 2));
      case 'clash':
        return this.#clash(Math.min(1, event.strength / 2));
      case 'goal':
        return this.#goal();
      case 'kick-off':
        return this.#whistle([0]);
      case 'over':
        return this.#whistle([0, 0.32, 0.64]);
      case 'free-ball':
        return this.#tone({ from: 520, to: 780, seconds: 0.12, volume: 0.16, type: 'sine' });
      default:
        throw new Error(`unreachable: ${String(event satisfies never)}`);
    }
  }

  #kick(strength: number): void {
    if (strength < 0.04) return;
    const volume = 0.12 + 0.6 * strength;
    this.#tone({ from: 190 + 150 * strength, to: 70, seconds: 0.1, volume, type: 'sine' });
    this.#burst({ low: 1400, high: 4200, seconds: 0.03, volume: volume * 0.5 });
  }

  #wall(strength: number): void {
    if (strength < 0.06) return;
    const volume = 0.08 + 0.34 * strength;
    this.#tone({ from: 420, to: 240, seconds: 0.07, volume, type: 'triangle' });
    this.#burst({ low: 900, high: 2600, seconds: 0.025, volume: volume * 0.4 });
  }

  #clash(strength: number): void {
    if (strength < 0.1) return;
    this.#burst({ low: 240, high: 1100, seconds: 0.07, volume: 0.06 + 0.22 * strength });
  }

  #goal(): void {
    this.#burst({ low: 500, high: 1800, seconds: 1.9, volume: 0.26, attack: 0.18 });
    const chord = [523.25, 659.25, 783.99, 1046.5];
    chord.forEach((pitch, i) => {
      const tone = {
        from: pitch,
        to: pitch,
        seconds: 0.5,
        volume: 0.13,
        type: 'triangle',
      } as const;
      this.#tone({ ...tone, delay: i * 0.085 });
    });
  }

  #whistle(starts: readonly number[]): void {
    for (const delay of starts) {
      const tone = { seconds: 0.2, volume: 0.07, type: 'square', delay } as const;
      this.#tone({ ...tone, from: 2250, to: 2200 });
      this.#tone({ ...tone, from: 2310, to: 2290 });
    }
  }

  #tone(tone: {
    from: number; // hertz
    to: number;
    seconds: number;
    volume: number;
    type: OscillatorType;
    delay?: number;
  }): void {
    const context = this.#context!;
    const start = context.currentTime + (tone.delay ?? 0);
    const oscillator = context.createOscillator();
    oscillator.type = tone.type;
    oscillator.frequency.setValueAtTime(tone.from, start);
    oscillator.frequency.exponentialRampToValueAtTime(tone.to, start + tone.seconds);
    const gain = this.#envelope({ start, seconds: tone.seconds, volume: tone.volume });
    oscillator.connect(gain);
    oscillator.start(start);
    oscillator.stop(start + tone.seconds + 0.05);
  }

  #burst(burst: {
    low: number; // hertz
    high: number;
    seconds: number;
    volume: number;
    attack?: number;
  }): void {
    const context = this.#context!;
    const start = context.currentTime;
    const source = context.createBufferSource();
    source.buffer = this.#noise;
    source.loop = true;
    const band = context.createBiquadFilter();
    band.type = 'bandpass';
    band.frequency.value = Math.sqrt(burst.low * burst.high);
    band.Q.value = band.frequency.value / (burst.high - burst.low);
    const { seconds, volume, attack } = burst;
    source.connect(band).connect(this.#envelope({ start, seconds, volume, attack }));
    source.start(start, Math.random() * 0.5);
    source.stop(start + seconds + 0.05);
  }

  #envelope(shape: {
    start: number;
    seconds: number;
    volume: number;
    attack?: number | undefined;
  }): GainNode {
    const gain = this.#context!.createGain();
    const { start, seconds, volume } = shape;
    const attack = shape.attack ?? 0.003;
    gain.gain.setValueAtTime(0.0001, start);
    gain.gain.exponentialRampToValueAtTime(volume, start + attack);
    gain.gain.exponentialRampToValueAtTime(0.0001, start + Math.max(seconds, attack + 0.01));
    gain.connect(this.#out!);
    return gain;
  }
}

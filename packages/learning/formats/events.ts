/** Training curves as TensorBoard reads them. What writes them is loaded when it is first asked for. */

export type EventPoint = {
  readonly step: number;
  readonly wallSeconds: number; // since 1970
  /** One number of each curve, by its tag: 'train/return'. NaN and infinities are shown as such. */
  readonly scalars?: Readonly<Record<string, number>>;
  /** Markdown by its tag: options of the run, notes. */
  readonly texts?: Readonly<Record<string, string>>;
};

export type EventRun = {
  readonly startedAtSeconds: number; // since 1970
  readonly points: Iterable<EventPoint>;
};

/** Bytes of an event file (TFRecord frames of tensorflow.Event, version 2). */
export async function encodeEvents(run: EventRun): Promise<Uint8Array<ArrayBuffer>> {
  const { encode } = await import('./tensorboard/encode.ts');
  return encode(run);
}

/** What TensorBoard finds among other files: it looks for 'tfevents' in names, and sorts by time. */
export function eventFileName(startedAtSeconds: number, name: string): string {
  const seconds = String(Math.floor(startedAtSeconds)).padStart(10, '0');
  return `events.out.tfevents.${seconds}.${name.replaceAll(/[^\w-]+/g, '-')}`;
}

/** What a run can begin with: weights of another run, a kept player or a file, and whether they fit. */
import type { NamedTensor, Shape } from '@dreampitch/learning';
import { decodePlayer, decodeSafetensors, playerOfTensors } from '@dreampitch/learning';
import type { Environment } from '@dreampitch/sim';
import type { Database } from '../storage/database.ts';
import { choiceOf } from './algorithms.ts';
import { nameOf } from './run-environment.ts';
import type { Run } from './run.ts';

type Bytes = Uint8Array<ArrayBuffer>;
export type Shapes = Readonly<Record<string, Shape>>;

export type Start = {
  /** What it is in the form; 'copy': what the copied run began with. */
  readonly source: 'run' | 'player' | 'file' | 'copy';
  readonly id: number; // of the run or the player; else 0
  readonly from: string; // in words: "'PPO 2' after 12,000 steps"
  readonly environment: string | null; // that it learned, where that is known
  readonly tensors: Readonly<Record<string, NamedTensor>>;
  /** An encoded player of the evolution strategy; null: the tensors are all there is. */
  readonly player: Bytes | null;
  readonly bytes: Bytes; // safetensors, or the player
};

export const WEIGHTS_BYTES_MAX = 500_000_000;

/** The latest weights of a run. Throws in words. */
export async function startOfRun(run: Run): Promise<Start> {
  const { row } = run.view.value;
  const kept = await run.latest();
  if (!kept || kept.tensors.length === 0) {
    throw new Error(`'${row.name}' has no weights yet: train it for a few seconds.`);
  }
  const from = `'${row.name}' after ${kept.steps.toLocaleString()} steps`;
  const isEvolved = row.recipe.algorithm === 'evolution';
  const player = isEvolved ? kept.policy : null;
  const of = {
    source: 'run' as const,
    id: run.id,
    from,
    environment: nameOf(row.recipe.environment),
  };
  return { ...of, tensors: tensorsOf(kept.tensors, from), player, bytes: player ?? kept.tensors };
}

/** A kept player of the evolution strategy. Throws in words. */
export async function startOfPlayer(database: Database, id: number): Promise<Start> {
  const row = await database.players.get(id);
  const decoded = row ? decodePlayer(row.bytes) : null;
  if (!row || !decoded?.ok) {
    throw new Error(decoded?.ok === false ? decoded.message : 'That player is not kept any more.');
  }
  const { environment } = decoded.player;
  const of = { source: 'player' as const, id, from: `the player ${row.name}`, environment };
  return { ...of, tensors: {}, player: row.bytes, bytes: row.bytes };
}

export type WeightsFile = {
  readonly start: Start;
  /** As this page writes them into its files. */
  readonly metadata: Readonly<Record<string, string>>;
};

/** A file of weights that somebody gave. Throws in words. */
export async function startOfFile(file: File): Promise<WeightsFile> {
  if (file.size > WEIGHTS_BYTES_MAX) throw new Error(`${file.name} is too large to be weights.`);
  const bytes = new Uint8Array(await file.arrayBuffer());
  const decoded = decodeSafetensors(bytes);
  if (!decoded.ok) {
    throw new Error(
      `${file.name} cannot be read: ${decoded.message} Export weights of a run as safetensors, or ` +
        'write them with the safetensors library.',
    );
  }
  const { tensors, metadata } = decoded.file;
  const environment = metadata['environment'] ?? null;
  const of = { source: 'file' as const, id: 0, from: `the file ${file.name}`, environment };
  return { start: { ...of, tensors, player: null, bytes }, metadata };
}

/** What a copied run or an imported one began with. */
export function startOfCopy(from: string, o: { bytes: Bytes; algorithm: string }): Start {
  const isPlayer = o.algorithm === 'evolution';
  const of = { source: 'copy' as const, id: 0, from, environment: null };
  const tensors = isPlayer ? {} : tensorsOf(o.bytes, from);
  return { ...of, tensors, player: isPlayer ? o.bytes : null, bytes: o.bytes };
}

function tensorsOf(bytes: Bytes, from: string): Start['tensors'] {
  const decoded = decodeSafetensors(bytes);
  if (decoded.ok) return decoded.file.tensors;
  throw new Error(`The weights of ${from} cannot be read: ${decoded.message}`);
}

export type Fit =
  | { readonly ok: true; readonly words: string }
  | {
      readonly ok: false;
      readonly words: string;
      /** Units of hidden layers with which it fits, where that is all that is in the way. */
      readonly hidden: readonly number[] | null;
    };

const SHOWN_MAX = 3;
const shown = (shape: Shape) => (shape.length === 0 ? 'one number' : shape.join(' × '));
const quoted = (names: readonly string[]) => {
  const first = names.slice(0, SHOWN_MAX).map((name) => `'${name}'`);
  const rest = names.length - first.length;
  return first.join(', ') + (rest > 0 ? ` and ${rest} more` : '');
};

/** Whether these tensors are some of those that are wanted, and if not, why and what to do. Pure. */
export function fitOf(given: Shapes, wanted: Shapes): Fit {
  const fitting = Object.keys(given).filter((name) => Object.hasOwn(wanted, name));
  const unfit = fitting.filter((name) => given[name]!.join() !== wanted[name]!.join());
  if (fitting.length === 0) {
    const [has, wants] = [Object.keys(given), Object.keys(wanted)];
    const none = has.length === 0 ? 'It holds no tensors.' : `It holds ${quoted(has)}.`;
    const words = `None of its tensors is one of this algorithm's. ${none} Wanted: ${quoted(wants)}.`;
    return { ok: false, words, hidden: null };
  }
  if (unfit.length === 0) {
    const anew = Object.keys(wanted).filter((name) => !Object.hasOwn(given, name));
    const others = Object.keys(given).length - fitting.length;
    const count = `It fits: ${fitting.length} ${fitting.length === 1 ? 'tensor' : 'tensors'}`;
    const rest = anew.length > 0 ? `; ${quoted(anew)} begin anew` : '';
    const aside = others > 0 ? `; ${others} others are left aside` : '';
    return { ok: true, words: `${count}${rest}${aside}.` };
  }
  const each = unfit
    .slice(0, SHOWN_MAX)
    .map((name) => `'${name}' is ${shown(given[name]!)} in it and ${shown(wanted[name]!)} here`);
  const more = unfit.length > SHOWN_MAX ? `, and ${unfit.length - SHOWN_MAX} more` : '';
  const { hidden, cure } = cureOf(given, wanted);
  return { ok: false, words: `${each.join(', ')}${more}. ${cure}`, hidden };
}

/** Sizes of the layers `name.0.weight`, `name.1.weight`, ...: inputs, hidden units, outputs. */
function sizesOf(shapes: Shapes): readonly number[] {
  const first = Object.keys(shapes).find((name) => /(^|\.)0\.weight$/.test(name));
  if (first === undefined) return [];
  const stem = first.slice(0, -'0.weight'.length);
  const sizes = [shapes[first]![1] ?? 0];
  for (let i = 0; shapes[`${stem}${i}.weight`]; i++) sizes.push(shapes[`${stem}${i}.weight`]![0]!);
  return sizes;
}

function cureOf(given: Shapes, wanted: Shapes): { hidden: readonly number[] | null; cure: string } {
  const [has, wants] = [sizesOf(given), sizesOf(wanted)];
  if (has.length < 2 || wants.length < 2) {
    return { hidden: null, cure: 'Choose the numbers that it was trained with.' };
  }
  const [sees, does] = [has[0]!, has.at(-1)!];
  const [shows, takes] = [wants[0]!, wants.at(-1)!];
  if (sees !== shows || does !== takes) {
    const cure =
      `It sees ${sees} numbers and decides on ${does}; this environment shows ${shows} and takes ` +
      `${takes}: choose the one that it learned on.`;
    return { hidden: null, cure };
  }
  const hidden = has.slice(1, -1);
  if (hidden.join() !== wants.slice(1, -1).join()) {
    return { hidden, cure: `Its network has hidden layers of ${hidden.join(', ')} units.` };
  }
  return { hidden: null, cure: 'Choose the numbers that it was trained with, under Advanced.' };
}

/** Whether it fits a run of this algorithm, on this environment, with these options. */
export function fitOfStart(
  start: Start,
  o: { algorithm: string; environment: Environment; wanted: Shapes },
): Fit {
  const { environment, player } = start;
  const elsewhere = environment !== null && environment !== o.environment.id;
  const learned = elsewhere ? ` It learned ${environment}.` : '';
  if (o.algorithm === 'evolution') return evolvedFit(start, o.environment, learned);
  if (player) {
    const name = choiceOf(o.algorithm)?.name ?? o.algorithm;
    const words = `It was trained by the evolution strategy; ${name} has other networks.`;
    return { ok: false, words, hidden: null };
  }
  const shapes = Object.entries(start.tensors).map(([name, { shape }]) => [name, shape]);
  const fit = fitOf(Object.fromEntries(shapes) as Shapes, o.wanted);
  return fit.ok ? fit : { ...fit, words: fit.words + learned };
}

function evolvedFit(start: Start, environment: Environment, learned: string): Fit {
  const ok = { ok: true as const, words: 'It fits; its network decides the size.' };
  const unfit = (words: string) => ({ ok: false as const, words: words + learned, hidden: null });
  if (start.player) return learned === '' ? ok : unfit(`This run trains ${environment.id}.`);
  try {
    playerOfTensors(start.tensors, { name: start.from, environment, version: '' });
    return ok;
  } catch (error) {
    return unfit((error as Error).message);
  }
}

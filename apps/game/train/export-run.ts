/** A run as files: its weights, its policy, its curves, all that is known of it. */
import {
  encodeEvents,
  encodeOnnx,
  eventFileName,
  playerGraph,
  policyGraph,
} from '@dreampitch/learning';
import { decodeLearned } from '../storage/learned-policy.ts';
import type { RunPoint, RunRow } from '../storage/run-rows.ts';
import { environmentOf, nameOf } from './run-environment.ts';
import { encodeRunFile } from './run-file.ts';
import type { Run } from './run.ts';

export type ExportKind = 'safetensors' | 'onnx' | 'tensorboard' | 'json';
export type ExportedFile = { readonly name: string; readonly bytes: Uint8Array<ArrayBuffer> };

/** Throws in words where there is nothing to export. */
export async function exportRun(run: Run, kind: ExportKind): Promise<ExportedFile> {
  const { row, points } = run.view.value;
  const stem = row.name.replaceAll(/[^\w.-]+/g, '-').replaceAll(/^-|-$/g, '') || 'run';
  switch (kind) {
    case 'json': {
      const text = encodeRunFile(row, { points, inputs: await run.inputs() });
      return { name: `${stem}.run.json`, bytes: new TextEncoder().encode(text) };
    }
    case 'tensorboard':
      return {
        name: eventFileName(row.createdAt / 1000, stem),
        bytes: await eventsOf(row, points),
      };
    case 'safetensors': {
      const { tensors } = await latestOf(run);
      return { name: `${stem}.safetensors`, bytes: tensors };
    }
    case 'onnx': {
      const { policy } = await latestOf(run);
      return { name: `${stem}.onnx`, bytes: await onnxOf(row, policy) };
    }
    default:
      throw new Error(`unreachable: ${String(kind satisfies never)}`);
  }
}

async function latestOf(run: Run) {
  const latest = await run.latest();
  if (!latest || latest.policy.length === 0) {
    throw new Error('There is no checkpoint to export yet; train for a few seconds.');
  }
  return latest;
}

function eventsOf(row: RunRow, points: readonly RunPoint[]): Promise<Uint8Array<ArrayBuffer>> {
  const startedAtSeconds = row.createdAt / 1000;
  const first = { step: 0, wallSeconds: startedAtSeconds, texts: { recipe: recipeText(row) } };
  const later = points.map(({ steps, seconds, values }) => ({
    step: steps,
    wallSeconds: startedAtSeconds + seconds,
    scalars: Object.fromEntries(
      Object.entries(values).map(([name, value]) => [`train/${name}`, value]),
    ),
  }));
  return encodeEvents({ startedAtSeconds, points: [first, ...later] });
}

/** Markdown: indented lines are shown as they are. */
function recipeText({ recipe }: RunRow): string {
  return JSON.stringify(recipe, null, 1).replaceAll(/^/gm, '    ');
}

async function onnxOf(row: RunRow, policy: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  const learned = decodeLearned(policy);
  const name = row.name;
  const metadata = { environment: nameOf(row.recipe.environment), run: name };
  if (learned.kind === 'network') {
    const { network } = learned;
    const outputs = (batch: number) => ({ action: policyGraph(network, batch).action });
    return encodeOnnx({ outputs, weights: network.weights, name, metadata });
  }
  const environment = environmentOf(row.recipe.environment);
  const { player } = learned;
  const { weights } = playerGraph(player, environment, 1);
  const outputs = (batch: number) => ({ action: playerGraph(player, environment, batch).action });
  return encodeOnnx({ outputs, weights, name, metadata });
}

/**
 * The training Worker: opens compute, trains generation by generation, and sends reports and
 * checkpoints until it is told to pause. Whoever started it keeps what it sends.
 */
import { disposal } from '../app/disposal.ts';
import { openCompute } from '@dreampitch/compute';
import { decodeCheckpoint, decodePlayer, EvolutionTrainer, soccerTask } from '@dreampitch/learning';
import type { Compute } from '@dreampitch/compute';
import type { News, Order } from './protocol.ts';

void disposal;
const CHECKPOINT_MS = 10_000;

const asked = { pause: false };

function tell(news: News, transfer: Transferable[] = []): void {
  postMessage(news, { transfer });
}

const clock = () => performance.now() / 1000;

function open(
  compute: Compute,
  order: Exclude<Order, { type: 'pause' }>,
): Promise<EvolutionTrainer> {
  const task = soccerTask(order.robotsPerTeam);
  if (order.type === 'resume') {
    const decoded = decodeCheckpoint(order.checkpoint);
    if (!decoded.ok) throw new Error(decoded.message);
    return EvolutionTrainer.resume(compute, { task, checkpoint: decoded.checkpoint, clock });
  }
  if (order.player === null) {
    return EvolutionTrainer.create(compute, { task, seed: order.seed, clock });
  }
  const decoded = decodePlayer(order.player);
  if (!decoded.ok) throw new Error(decoded.message);
  return EvolutionTrainer.create(compute, { task, seed: order.seed, start: decoded.player, clock });
}

async function save(trainer: EvolutionTrainer, last: boolean): Promise<void> {
  const bytes = await trainer.checkpoint();
  const { generationCount: generation } = trainer;
  tell({ type: 'checkpoint', bytes, generation, last }, [bytes.buffer]);
}

/** Lets messages in: a generation on WASM never leaves the microtask queue. */
function breathe(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

async function train(order: Exclude<Order, { type: 'pause' }>): Promise<void> {
  using compute = await openCompute();
  using trainer = await open(compute, order);
  tell({ type: 'opened', device: compute.device, worldCount: trainer.worldCount });
  let savedAt = performance.now();
  while (!asked.pause) {
    tell({ type: 'generation', report: await trainer.generation() });
    if (performance.now() - savedAt >= CHECKPOINT_MS) {
      await save(trainer, false);
      savedAt = performance.now();
    }
    await breathe();
  }
  await save(trainer, true);
}

addEventListener('message', (event: MessageEvent<Order>) => {
  const order = event.data;
  if (order.type === 'pause') {
    asked.pause = true;
    return;
  }
  train(order).catch((error: unknown) => {
    tell({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
  });
});

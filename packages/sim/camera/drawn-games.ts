/** For tests: pictures of games of 3v3 in the middle of play, the same on every machine. */
import { openWasm } from '@dreampitch/compute';
import type { Compute } from '@dreampitch/compute';
import { VectorEnvironment } from '../environment/vector-environment.ts';
import { randomPolicy } from '../policy/policies.ts';
import { soccer } from '../soccer/soccer.ts';
import { Camera, type CameraView } from './camera.ts';

const STEPS = 90;

/** States of the games, stepped on strict WASM: every target draws the same ones. */
async function states(games: number): Promise<Uint8Array> {
  using compute = await openWasm({ threadCount: 1 });
  const rules = { randomStartPercent: 100, stallTicks: 0, goalsMax: 0 };
  using worlds = await VectorEnvironment.create(compute, soccer(3), { worldCount: games, rules });
  const agents = Uint32Array.from({ length: 6 * games }, (_, agent) => agent);
  using random = await randomPolicy(1).attach(worlds, agents);
  worlds.reset(12);
  compute.submit([...random.dispatches, ...worlds.stepDispatches], { times: STEPS });
  return compute.readSync(worlds.buffers.worlds);
}

/** RGBA of all pictures: u8 [N, 64, 64, 4], from the front [N, 6, 64, 64, 4]. */
export async function drawnGames(
  compute: Compute,
  view: CameraView,
  games: number,
): Promise<Uint8Array> {
  using worlds = await VectorEnvironment.create(compute, soccer(3), { worldCount: games });
  using camera = await Camera.create(worlds, view);
  const { bytes } = worlds.buffers.worlds;
  const padded = new Uint8Array(bytes);
  padded.set(await states(games));
  compute.write(worlds.buffers.worlds, padded);
  compute.submit(camera.dispatches);
  return compute.read(camera.pictures);
}

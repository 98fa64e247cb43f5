/** Pictures of soccer worlds, drawn in batch by the same WGSL on either target. */
import { WORKGROUPS_MAX } from '@dreampitch/compute';
import type { ComputeBuffer, Dispatch } from '@dreampitch/compute';
import {
  constantsOn,
  INTERLEAVED,
  type VectorEnvironment,
} from '../environment/vector-environment.ts';
import { invariant } from '../environment/invariant.ts';
import { soccerDeclarations } from '../soccer/soccer.ts';
import cameraWgsl from './camera.wgsl';

/** Pixels of a side of a picture. */
export const PICTURE_SIZE = 64;

/** 'above': one picture of each world. 'front': one from each robot, looking ahead. */
export type CameraView = 'above' | 'front';

export class Camera implements Disposable {
  readonly view: CameraView;
  /** Axes: N worlds, R robots; RGBA, 8 bits each: u8 [N, 64, 64, 4], from the front [N, R, 64, 64, 4]. */
  readonly pictures: ComputeBuffer;
  readonly pictureCount: number; // N or N * R
  /** Appended to a batch: draws all worlds as they are. */
  readonly dispatches: readonly Dispatch[];
  readonly #ground: ComputeBuffer;

  private constructor(parts: Omit<Camera, typeof Symbol.dispose> & { ground: ComputeBuffer }) {
    this.view = parts.view;
    this.pictures = parts.pictures;
    this.pictureCount = parts.pictureCount;
    this.dispatches = parts.dispatches;
    this.#ground = parts.ground;
  }

  /** Throws where the environment is not soccer, or the pictures do not fit. */
  static async create(environment: VectorEnvironment, view: CameraView): Promise<Camera> {
    const { compute, worldCount, agentCount } = environment;
    const { id, constants } = environment.environment;
    if (!id.startsWith('soccer-')) throw new Error(`The camera draws soccer, not ${id}.`);
    const pictureCount = view === 'above' ? worldCount : worldCount * agentCount;
    const { WORKGROUP } = constantsOn(compute.target, environment.environment);
    const picturesMax = Math.floor((WORKGROUPS_MAX[compute.target] * WORKGROUP!) / PICTURE_SIZE);
    invariant(
      pictureCount <= picturesMax,
      `The camera draws at most ${picturesMax} pictures on ${compute.target}, not ${pictureCount}: ` +
        'take several VectorEnvironments with fewer worlds, and a camera for each.',
    );
    const kernel = (entry: string) =>
      compute.createKernel({
        label: `camera ${entry}`,
        wgsl: cameraWgsl + soccerDeclarations,
        entry,
        constants: { TEAM: constants['TEAM']!, WORKGROUP: WORKGROUP! },
        interleaved: INTERLEAVED,
      });
    // Kernels first: what fails later leaves no memory behind but what is given back here.
    const drawGround = await kernel('drawGround');
    const draw = await kernel(view === 'above' ? 'above' : 'fromFront');
    const pixels = PICTURE_SIZE * PICTURE_SIZE;
    const ground = compute.createBuffer({ label: 'camera: ground', bytes: 4 * pixels });
    try {
      const bytes = 4 * pixels * pictureCount;
      const pictures = compute.createBuffer({ label: 'camera: pictures', bytes });
      compute.submit([drawGround.prepare({ bindings: { ground }, invocations: pixels })]);
      const bindings = { worlds: environment.buffers.worlds, pictures, ground };
      const dispatch = draw.prepare({ bindings, invocations: PICTURE_SIZE * pictureCount });
      return new Camera({ view, pictures, pictureCount, dispatches: [dispatch], ground });
    } catch (error) {
      ground[Symbol.dispose]();
      throw error;
    }
  }

  [Symbol.dispose](): void {
    this.pictures[Symbol.dispose]();
    this.#ground[Symbol.dispose]();
  }
}

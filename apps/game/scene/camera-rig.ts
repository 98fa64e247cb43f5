/** The camera: two views, fitted to the picture, gliding between where it is and should be. */
import * as THREE from 'three/webgpu';
import type { Fit } from './camera-fit.ts';
import { fitCamera, followCamera } from './camera-fit.ts';
import type { PitchSize } from './pitch-size.ts';
import { outlineOf } from './pitch-size.ts';

export const CAMERA_VIEWS = ['whole', 'behind'] as const;
/** `whole`: all of the pitch, from its side. `behind`: low behind the own robot, following. */
export type CameraView = (typeof CAMERA_VIEWS)[number];

export type Insets = { top: number; bottom: number; side: number }; // pixels of the picture

type Spot = { readonly x: number; readonly z: number };
/** What the `behind` view follows: a person's robot, where there is one, and the ball. */
export type Subject = { readonly own: Spot | null; readonly ball: Spot };

const FOV_RADIANS = 0.56;
const UPRIGHT_YAW = -Math.PI / 2;
const WHOLE_ELEVATION = { wide: 0.92, upright: 1.08 } as const;
const GLIDE_PER_SECOND = 5;
const FOLLOW_ELEVATION = 0.5;

export class CameraRig {
  readonly camera = new THREE.PerspectiveCamera(THREE.MathUtils.radToDeg(FOV_RADIANS), 1, 0.05, 30);
  view: CameraView = 'whole';
  readonly #pitch: PitchSize;
  readonly #position = new THREE.Vector3(0, 3, 3);
  readonly #target = new THREE.Vector3();
  readonly #wholePosition = new THREE.Vector3();
  readonly #wholeTarget = new THREE.Vector3();
  readonly #wantedPosition = new THREE.Vector3();
  readonly #wantedTarget = new THREE.Vector3();
  #fresh = true;
  #upright = false;
  #insets: Fit['insets'] = { top: 0, bottom: 0, side: 0 };
  /** Which way the picture's up points: radians around +y, as camera-fit's yaw. */
  yaw = 0;

  constructor(pitch: PitchSize) {
    this.#pitch = pitch;
  }

  resize(size: { width: number; height: number }, insets: Insets): void {
    const aspect = size.width / Math.max(1, size.height);
    this.camera.aspect = aspect;
    this.camera.updateProjectionMatrix();
    this.#upright = aspect < 0.95;
    const { x, y } = outlineOf(this.#pitch);
    const points = [-x, x].flatMap((px) =>
      [-y, y].flatMap((pz) => [0, 0.05].map((py) => ({ x: px, y: py, z: pz }))),
    );
    this.#insets = {
      top: insets.top / size.height,
      bottom: insets.bottom / size.height,
      side: insets.side / size.width,
    };
    const placed = fitCamera({
      points,
      yaw: this.#upright ? UPRIGHT_YAW : 0,
      elevation: this.#upright ? WHOLE_ELEVATION.upright : WHOLE_ELEVATION.wide,
      fovRadians: FOV_RADIANS,
      aspect,
      insets: this.#insets,
    });
    this.#wholePosition.copy(placed.position);
    this.#wholeTarget.copy(placed.target);
    this.#fresh = true;
  }

  /** The next frame is where it should be, without gliding there. */
  jump(): void {
    this.#fresh = true;
  }

  #want(subject: Subject): void {
    if (this.view === 'whole') {
      this.yaw = this.#upright ? UPRIGHT_YAW : 0;
      this.#wantedPosition.copy(this.#wholePosition);
      this.#wantedTarget.copy(this.#wholeTarget);
      return;
    }
    this.yaw = UPRIGHT_YAW;
    const placed = followCamera({
      ...subject,
      outline: outlineOf(this.#pitch),
      yaw: this.yaw,
      elevation: FOLLOW_ELEVATION,
      fovRadians: FOV_RADIANS,
      aspect: this.camera.aspect,
      insets: this.#insets,
    });
    this.#wantedTarget.copy(placed.target);
    this.#wantedPosition.copy(placed.position);
  }

  /**
   * `focus`: a place to lean towards, with a share 0..1 (a goal that was just scored).
   */
  advance(seconds: number, subject: Subject, focus: Spot & { share: number }): void {
    this.#want(subject);
    const { share } = focus;
    if (share > 0) {
      const place = new THREE.Vector3(focus.x, 0, focus.z);
      this.#wantedTarget.lerp(place, 0.3 * share);
      this.#wantedPosition.lerp(place, 0.22 * share);
    }
    const glide = this.#fresh ? 1 : 1 - Math.exp(-GLIDE_PER_SECOND * seconds);
    this.#fresh = false;
    this.#position.lerp(this.#wantedPosition, glide);
    this.#target.lerp(this.#wantedTarget, glide);
    this.camera.position.copy(this.#position);
    this.camera.lookAt(this.#target);
  }
}

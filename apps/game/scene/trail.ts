/** A fading ribbon behind a fast ball, so that the eye keeps hold of a shot. */
import * as THREE from 'three/webgpu';
import { screenMaterial } from './material.ts';
import type { Palette } from './palette.ts';

const POINTS = 14;
const POINT_SECONDS = 0.014;
const SLOW = 0.45; // m/s: below this there is no trail ...
const FAST = 1.6; // ... and from here on it is at its strongest
const ALPHA_MAX = 0.4;
const HEIGHT = 0.004;

/** How strong the trail of a ball at this speed is, 0 .. 1. Pure. */
export function strengthAt(speed: number): number {
  return Math.min(1, Math.max(0, (speed - SLOW) / (FAST - SLOW)));
}

export class Trail {
  readonly mesh: THREE.Mesh;
  readonly #radius: number;
  readonly #points: { x: number; z: number; strength: number }[] = [];
  readonly #positions = new Float32Array(POINTS * 2 * 3);
  readonly #colors = new Float32Array(POINTS * 2 * 4);
  readonly #geometry = new THREE.BufferGeometry();
  #sinceSeconds = 0;

  constructor(radius: number, palette: Palette) {
    this.#radius = radius;
    const color = new THREE.Color(palette.ball);
    for (let i = 0; i < POINTS * 2; i++) this.#colors.set([color.r, color.g, color.b, 0], i * 4);
    const indexes: number[] = [];
    for (let i = 0; i + 1 < POINTS; i++) {
      const at = i * 2;
      indexes.push(at, at + 1, at + 2, at + 1, at + 3, at + 2);
    }
    this.#geometry.setIndex(indexes);
    this.#geometry.setAttribute('position', this.#attribute(this.#positions, 3));
    this.#geometry.setAttribute('color', this.#attribute(this.#colors, 4));
    const material = screenMaterial(
      new THREE.MeshBasicNodeMaterial({
        vertexColors: true,
        transparent: true,
        depthWrite: false,
        side: THREE.DoubleSide,
      }),
    );
    this.mesh = new THREE.Mesh(this.#geometry, material);
    this.mesh.frustumCulled = false;
    this.mesh.renderOrder = 3;
    this.mesh.visible = false;
  }

  #attribute(values: Float32Array, size: number): THREE.BufferAttribute {
    const attribute = new THREE.BufferAttribute(values, size);
    return attribute.setUsage(THREE.DynamicDrawUsage);
  }

  /** A ball that was put down elsewhere leaves no trail. */
  clear(): void {
    this.#points.length = 0;
    this.mesh.visible = false;
  }

  advance(x: number, z: number, speed: number, seconds: number): void {
    this.#sinceSeconds += seconds;
    if (this.#sinceSeconds >= POINT_SECONDS || this.#points.length === 0) {
      this.#sinceSeconds = 0;
      this.#points.unshift({ x, z, strength: strengthAt(speed) });
      if (this.#points.length > POINTS) this.#points.pop();
    } else Object.assign(this.#points[0]!, { x, z });
    this.mesh.visible = this.#points.some((point) => point.strength > 0);
    if (this.mesh.visible) this.#write();
  }

  #write(): void {
    const last = this.#points.length - 1;
    for (let i = 0; i < POINTS; i++) {
      const at = Math.min(i, last);
      const point = this.#points[at]!;
      const ahead = this.#points[Math.max(0, at - 1)]!;
      const behind = this.#points[Math.min(last, at + 1)]!;
      const [dx, dz] = [ahead.x - behind.x, ahead.z - behind.z];
      const length = Math.hypot(dx, dz) || 1;
      const fade = 1 - i / (POINTS - 1);
      const half = this.#radius * 0.85 * fade;
      const [sideX, sideZ] = [(-dz / length) * half, (dx / length) * half];
      this.#positions.set([point.x + sideX, HEIGHT, point.z + sideZ], i * 6);
      this.#positions.set([point.x - sideX, HEIGHT, point.z - sideZ], i * 6 + 3);
      const alpha = ALPHA_MAX * fade * point.strength;
      this.#colors[i * 8 + 3] = alpha;
      this.#colors[i * 8 + 7] = alpha;
    }
    this.#geometry.getAttribute('position').needsUpdate = true;
    this.#geometry.getAttribute('color').needsUpdate = true;
  }

  dispose(): void {
    this.#geometry.dispose();
    (this.mesh.material as THREE.Material).dispose();
  }
}

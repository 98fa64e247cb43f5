/** Confetti in the colour of the team that scored: a fixed number of paper squares that fall. */
import * as THREE from 'three/webgpu';
import { screenMaterial } from './material.ts';
import type { Palette } from './palette.ts';

const PIECES = 160;
const GRAVITY = 1.5; // m/s2: paper falls slowly
const SECONDS_MAX = 3;

type Piece = {
  position: THREE.Vector3;
  velocity: THREE.Vector3;
  axis: THREE.Vector3;
  turnRate: number;
  angle: number;
};

export class Celebration {
  readonly mesh: THREE.InstancedMesh;
  readonly #palette: Palette;
  readonly #pieces: Piece[];
  #seconds = SECONDS_MAX;
  readonly #matrix = new THREE.Matrix4();
  readonly #turn = new THREE.Quaternion();
  readonly #scale = new THREE.Vector3(1, 1, 1);

  constructor(palette: Palette) {
    this.#palette = palette;
    const material = screenMaterial(new THREE.MeshBasicNodeMaterial({ side: THREE.DoubleSide }));
    this.mesh = new THREE.InstancedMesh(new THREE.PlaneGeometry(0.016, 0.024), material, PIECES);
    this.mesh.setColorAt(0, new THREE.Color(palette.line));
    this.mesh.frustumCulled = false;
    this.mesh.visible = false;
    this.#pieces = Array.from({ length: PIECES }, () => ({
      position: new THREE.Vector3(),
      velocity: new THREE.Vector3(),
      axis: new THREE.Vector3(),
      turnRate: 0,
      angle: 0,
    }));
  }

  /** A burst out of the goal at `x`, in the colour of `team`. */
  start(team: 0 | 1, x: number): void {
    const color = new THREE.Color(team === 0 ? this.#palette.blue : this.#palette.orange);
    const white = new THREE.Color(this.#palette.line);
    this.#seconds = 0;
    this.#pieces.forEach((piece, i) => {
      const spread = Math.random() - 0.5;
      piece.position.set(x, 0.03, spread * 0.4);
      piece.velocity.set(
        -Math.sign(x) * (0.1 + Math.random() * 0.7),
        0.7 + Math.random() * 0.9,
        spread * 1.4 + (Math.random() - 0.5) * 0.4,
      );
      piece.axis.randomDirection();
      piece.turnRate = 4 + Math.random() * 10;
      this.mesh.setColorAt(i, i % 3 === 0 ? white : color);
    });
    if (this.mesh.instanceColor) this.mesh.instanceColor.needsUpdate = true;
    this.mesh.visible = true;
  }

  stop(): void {
    this.#seconds = SECONDS_MAX;
    this.mesh.visible = false;
  }

  advance(seconds: number): void {
    if (!this.mesh.visible) return;
    this.#seconds += seconds;
    if (this.#seconds >= SECONDS_MAX) return this.stop();
    const drag = Math.exp(-1.6 * seconds);
    const left = SECONDS_MAX - this.#seconds;
    this.#scale.setScalar(Math.min(1, left * 2));
    this.#pieces.forEach((piece, i) => {
      piece.velocity.y -= GRAVITY * seconds;
      piece.velocity.multiplyScalar(drag);
      piece.position.addScaledVector(piece.velocity, seconds);
      if (piece.position.y < 0.003) {
        piece.position.y = 0.003;
        piece.velocity.set(0, 0, 0);
      } else piece.angle += piece.turnRate * seconds;
      this.#turn.setFromAxisAngle(piece.axis, piece.angle);
      this.mesh.setMatrixAt(i, this.#matrix.compose(piece.position, this.#turn, this.#scale));
    });
    this.mesh.instanceMatrix.needsUpdate = true;
  }

  dispose(): void {
    this.mesh.geometry.dispose();
    (this.mesh.material as THREE.Material).dispose();
    this.mesh.dispose();
  }
}

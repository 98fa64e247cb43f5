/** What moves: robots, the ball, their shadows, and the rings under the robots of people. */
import type { MatchState } from '@dreampitch/sim';
import * as THREE from 'three/webgpu';
import { wrapRadians } from '../controls/steering.ts';
import { ballGeometry } from './ball-mesh.ts';
import { screenMaterial } from './material.ts';
import type { Palette } from './palette.ts';
import type { PitchSize } from './pitch-size.ts';
import { robotGeometry } from './robot-mesh.ts';
import { shadowMesh, shadowTexture } from './shadow.ts';
import { Trail } from './trail.ts';

/** A teleport (a kick-off) is longer than any tick's way; it is not drawn as a flight. */
const JUMP_METRES = 0.12;

export type Moment = {
  readonly previous: MatchState;
  readonly state: MatchState;
  /** Between the two, 0 .. 1. */
  readonly blend: number;
};

function between(from: number, to: number, blend: number): number {
  return from + (to - from) * blend;
}

export class Actors {
  readonly group = new THREE.Group();
  readonly #pitch: PitchSize;
  readonly #palette: Palette;
  readonly #robots: THREE.Mesh[] = [];
  readonly #robotShadows: THREE.Mesh[] = [];
  readonly #rings: THREE.Mesh[] = [];
  readonly #ball: THREE.Mesh;
  readonly #ballShadow: THREE.Mesh;
  readonly #material = screenMaterial(
    new THREE.MeshPhongNodeMaterial({ vertexColors: true, shininess: 60 }),
  );
  readonly #shadow = shadowTexture();
  readonly #rollAxis = new THREE.Vector3();
  readonly #roll = new THREE.Quaternion();
  readonly #trail: Trail;
  readonly #ballAt = new THREE.Vector3(0, 0, 0);

  constructor(pitch: PitchSize, palette: Palette) {
    this.#pitch = pitch;
    this.#palette = palette;
    this.#ball = new THREE.Mesh(ballGeometry(pitch.ballRadius, palette), this.#material);
    this.#ballShadow = shadowMesh(this.#shadow, pitch.ballRadius * 3.4);
    this.#ballShadow.position.y = 0.0012;
    this.#trail = new Trail(pitch.ballRadius, palette);
    this.group.add(this.#ball, this.#ballShadow, this.#trail.mesh);
  }

  /** Where the ball was drawn last. */
  get ballAt(): THREE.Vector3 {
    return this.#ballAt;
  }

  robotAt(index: number): THREE.Vector3 | null {
    return this.#robots[index]?.position ?? null;
  }

  #setRobots(count: number): void {
    if (this.#robots.length === count) return;
    this.#clearRobots();
    const size = this.#pitch.robotSize;
    for (let i = 0; i < count; i++) {
      const team = i < count / 2 ? 0 : 1;
      const look = { team, number: i % (count / 2), size } as const;
      const robot = new THREE.Mesh(robotGeometry(look, this.#palette), this.#material);
      const shadow = shadowMesh(this.#shadow, size * 1.75);
      shadow.position.y = 0.001;
      this.#robots.push(robot);
      this.#robotShadows.push(shadow);
      this.group.add(robot, shadow);
    }
  }

  /** Rings under the robots that people drive. */
  setMarked(indexes: readonly number[]): void {
    while (this.#rings.length < indexes.length) {
      const size = this.#pitch.robotSize;
      const geometry = new THREE.RingGeometry(size * 0.84, size * 0.96, 40).rotateX(-Math.PI / 2);
      const material = screenMaterial(
        new THREE.MeshBasicNodeMaterial({
          color: this.#palette.line,
          transparent: true,
          opacity: 0.9,
          depthWrite: false,
        }),
      );
      const ring = new THREE.Mesh(geometry, material);
      ring.renderOrder = 2;
      ring.position.y = 0.0016;
      this.#rings.push(ring);
      this.group.add(ring);
    }
    this.#rings.forEach((ring, i) => {
      ring.visible = i < indexes.length;
      ring.userData['robot'] = indexes[i] ?? -1;
    });
  }

  place({ previous, state, blend }: Moment, seconds: number): void {
    this.#setRobots(state.robots.length);
    state.robots.forEach((robot, i) => {
      const before = previous.robots[i] ?? robot;
      const jumped = Math.hypot(robot.x - before.x, robot.y - before.y) > JUMP_METRES;
      const share = jumped ? 1 : blend;
      const mesh = this.#robots[i]!;
      mesh.position.set(between(before.x, robot.x, share), 0, -between(before.y, robot.y, share));
      const turned = wrapRadians(robot.angle - before.angle);
      mesh.rotation.y = before.angle + turned * share;
      const shadow = this.#robotShadows[i]!;
      shadow.position.x = mesh.position.x;
      shadow.position.z = mesh.position.z;
    });
    for (const ring of this.#rings) {
      const robot = this.#robots[ring.userData['robot'] as number];
      if (!robot) continue;
      ring.position.x = robot.position.x;
      ring.position.z = robot.position.z;
    }
    this.#placeBall(previous, state, blend);
    const { velocityX, velocityY } = state.ball;
    const speed = Math.hypot(velocityX, velocityY);
    this.#trail.advance(this.#ballAt.x, this.#ballAt.z, speed, seconds);
  }

  #placeBall(previous: MatchState, state: MatchState, blend: number): void {
    const radius = this.#pitch.ballRadius;
    const [before, after] = [previous.ball, state.ball];
    const jumped = Math.hypot(after.x - before.x, after.y - before.y) > JUMP_METRES;
    const share = jumped ? 1 : blend;
    const x = between(before.x, after.x, share);
    const z = -between(before.y, after.y, share);
    const [dx, dz] = [x - this.#ballAt.x, z - this.#ballAt.z];
    const way = Math.hypot(dx, dz);
    if (way > JUMP_METRES) this.#trail.clear();
    if (way > 1e-6 && way < JUMP_METRES * 3) {
      this.#rollAxis.set(dz / way, 0, -dx / way);
      this.#roll.setFromAxisAngle(this.#rollAxis, way / radius);
      this.#ball.quaternion.premultiply(this.#roll).normalize();
    }
    this.#ballAt.set(x, 0, z);
    this.#ball.position.set(x, radius, z);
    this.#ballShadow.position.x = x;
    this.#ballShadow.position.z = z;
  }

  #clearRobots(): void {
    for (const mesh of [...this.#robots, ...this.#robotShadows]) {
      mesh.geometry.dispose();
      if (mesh.material !== this.#material) (mesh.material as THREE.Material).dispose();
      mesh.removeFromParent();
    }
    this.#robots.length = 0;
    this.#robotShadows.length = 0;
  }

  dispose(): void {
    this.#clearRobots();
    this.#trail.dispose();
    for (const mesh of [this.#ball, this.#ballShadow, ...this.#rings]) {
      mesh.geometry.dispose();
      (mesh.material as THREE.Material).dispose();
    }
    this.#shadow.dispose();
  }
}

/** Everything that never moves: walls, goals with their nets, the slab, the floor around. */
import * as THREE from 'three/webgpu';
import type { Palette } from './palette.ts';
import type { PitchSize } from './pitch-size.ts';
import { at, SolidBuilder } from './solid.ts';

const WALL_HEIGHT = 0.05;
const WALL_THICKNESS = 0.022;
const SLAB_HEIGHT = 0.03;
const RIM_HEIGHT = 0.003;

type Piece = { x: number; y: number; length: number; width: number; height: number };

/** A wall piece with a light rim on top; x, y as on the pitch. */
function addWall(builder: SolidBuilder, palette: Palette, piece: Piece, color: string): void {
  const { x, y, length, width, height } = piece;
  const body = new THREE.BoxGeometry(length, height + SLAB_HEIGHT, width);
  builder.add(body, color, at(x, (height - SLAB_HEIGHT) / 2, -y));
  const rim = new THREE.BoxGeometry(length, RIM_HEIGHT, width);
  builder.add(rim, palette['wall-top'], at(x, height + RIM_HEIGHT / 2, -y));
}

function addCorner(
  builder: SolidBuilder,
  pitch: PitchSize,
  palette: Palette,
  sign: number[],
): void {
  const [sx, sy] = sign as [number, number];
  const cut = pitch.cornerCut;
  const x = (sx * pitch.length) / 2;
  const z = (-sy * pitch.width) / 2;
  const shape = new THREE.Shape([
    new THREE.Vector2(0, 0),
    new THREE.Vector2(-sx * cut, 0),
    new THREE.Vector2(0, sy * cut),
  ]);
  const wedge = (height: number) =>
    new THREE.ExtrudeGeometry(shape, { depth: height, bevelEnabled: false })
      .rotateX(Math.PI / 2)
      .translate(0, height, 0);
  builder.add(wedge(WALL_HEIGHT), palette.wall, at(x, 0, z));
  builder.add(wedge(RIM_HEIGHT), palette['wall-top'], at(x, WALL_HEIGHT, z));
}

/** Walls around the pitch and the goals; goal walls in the colour of the team that defends them. */
export function wallsGeometry(pitch: PitchSize, palette: Palette): THREE.BufferGeometry {
  const builder = new SolidBuilder();
  const t = WALL_THICKNESS;
  const { length, width, goalWidth, goalDepth } = pitch;
  const side = { length: length + 2 * t, width: t, height: WALL_HEIGHT, x: 0 };
  for (const sign of [-1, 1]) {
    addWall(builder, palette, { ...side, y: sign * (width / 2 + t / 2) }, palette.wall);
    const endLength = (width - goalWidth) / 2;
    const x = sign * (length / 2 + t / 2);
    for (const across of [-1, 1]) {
      const y = across * (goalWidth / 2 + endLength / 2);
      const end = { x, y, length: t, width: endLength, height: WALL_HEIGHT };
      addWall(builder, palette, end, palette.wall);
      if (pitch.cornerCut > 0) addCorner(builder, pitch, palette, [sign, across]);
    }
    const color = sign < 0 ? palette.blue : palette.orange;
    const middle = sign * (length / 2 + goalDepth / 2 + t / 2);
    for (const across of [-1, 1]) {
      const y = across * (goalWidth / 2 + t / 2);
      const cheek = { x: middle, y, length: goalDepth, width: t, height: WALL_HEIGHT };
      addWall(builder, palette, cheek, color);
    }
    const back = sign * (length / 2 + goalDepth + t / 2);
    const rear = { x: back, y: 0, length: t, width: goalWidth + 2 * t, height: WALL_HEIGHT };
    addWall(builder, palette, rear, color);
  }
  return builder.build();
}

/** A wide floor that fades into the sky, with the pitch's shade in its middle. Colours only. */
export function floorGeometry(pitch: PitchSize, palette: Palette): THREE.BufferGeometry {
  const sky = new THREE.Color(palette.sky);
  const floor = new THREE.Color(palette.floor);
  const shade = floor.clone().lerp(new THREE.Color('#000000'), 0.32);
  const color = new THREE.Color();
  const radius = 3.6;
  const halfX = pitch.length / 2 + pitch.goalDepth * 0.4;
  const halfZ = pitch.width / 2;
  const paint = (position: THREE.Vector3) => {
    const dx = Math.max(0, Math.abs(position.x) - halfX);
    const dz = Math.max(0, Math.abs(position.y) - halfZ);
    const near = Math.max(0, 1 - Math.hypot(dx, dz) / 0.34);
    const far = Math.min(1, Math.hypot(position.x, position.y) / radius);
    color.copy(floor).lerp(shade, near * near);
    return color.lerp(sky, far * far * (3 - 2 * far));
  };
  const disc = new THREE.RingGeometry(0.3, radius, 72, 40);
  const place = at(0, -SLAB_HEIGHT, 0).multiply(new THREE.Matrix4().makeRotationX(-Math.PI / 2));
  return new SolidBuilder().add(disc, paint, place).build();
}

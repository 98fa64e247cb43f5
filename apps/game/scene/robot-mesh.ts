/** A robot as a mesh: two wheels, a dark chassis, a shell in the team's colour, its number on top. */
import * as THREE from 'three/webgpu';
import type { Palette } from './palette.ts';
import { at, slab, SolidBuilder } from './solid.ts';

export type RobotLook = {
  readonly team: 0 | 1;
  /** 0, 1, 2: shown as dots on top, round for blue and square for orange. */
  readonly number: number;
  readonly size: number; // metres, side of the square
};

const DOT_PLACES: readonly (readonly [x: number, z: number])[][] = [
  [[0, 0]],
  [
    [-0.13, 0],
    [0.13, 0],
  ],
  [
    [-0.13, 0.12],
    [0.13, 0.12],
    [0, -0.12],
  ],
];

function wheel(side: 1 | -1, size: number): THREE.Matrix4 {
  return at(0, size * 0.33, side * size * 0.43).multiply(
    new THREE.Matrix4().makeRotationX(Math.PI / 2),
  );
}

/** Origin on the ground below the centre, front towards +x. */
export function robotGeometry(look: RobotLook, palette: Palette): THREE.BufferGeometry {
  const s = look.size;
  const team = look.team === 0 ? palette.blue : palette.orange;
  const builder = new SolidBuilder();
  const chassis = { length: s * 0.9, width: s * 0.7, height: s * 0.5, radius: 0.006, bevel: 0.002 };
  builder.add(slab(chassis), palette.chassis, at(0, s * 0.06, 0));
  for (const side of [1, -1] as const) {
    const place = wheel(side, s);
    builder.add(new THREE.CylinderGeometry(s * 0.33, s * 0.33, s * 0.13, 20), palette.wheel, place);
    const hub = new THREE.CylinderGeometry(s * 0.14, s * 0.14, s * 0.135, 12);
    builder.add(hub, palette['wall-top'], place);
  }
  const shell = { length: s, width: s, height: s * 0.26, radius: s * 0.16, bevel: s * 0.045 };
  builder.add(slab(shell, 3), team, at(0, s * 0.54, 0));
  // A light bar along the front edge: where the robot looks.
  const bar = {
    length: s * 0.1,
    width: s * 0.56,
    height: s * 0.05,
    radius: s * 0.04,
    bevel: 0.001,
  };
  builder.add(slab(bar, 1), palette.line, at(s * 0.36, s * 0.775, 0));
  for (const [x, z] of DOT_PLACES[look.number % 3]!) {
    const round = look.team === 0;
    const dot = round
      ? new THREE.CylinderGeometry(s * 0.09, s * 0.09, s * 0.02, 18)
      : new THREE.BoxGeometry(s * 0.16, s * 0.02, s * 0.16);
    builder.add(dot, palette.line, at(x * s - s * 0.1, s * 0.802, z * s));
  }
  return builder.build();
}

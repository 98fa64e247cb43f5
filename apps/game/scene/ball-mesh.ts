/** A golf ball: white, with darker dimples, so that one sees it roll. */
import * as THREE from 'three/webgpu';
import type { Palette } from './palette.ts';
import { SolidBuilder } from './solid.ts';

/** Points spread evenly over a sphere (a Fibonacci lattice). */
function lattice(count: number): THREE.Vector3[] {
  const golden = Math.PI * (3 - Math.sqrt(5));
  return Array.from({ length: count }, (_, i) => {
    const y = 1 - ((i + 0.5) / count) * 2;
    const r = Math.sqrt(1 - y * y);
    return new THREE.Vector3(Math.cos(golden * i) * r, y, Math.sin(golden * i) * r);
  });
}

export function ballGeometry(radius: number, palette: Palette): THREE.BufferGeometry {
  const dimples = lattice(26);
  const base = new THREE.Color(palette.ball);
  const shade = new THREE.Color(palette.ball).lerp(new THREE.Color(palette.chassis), 0.34);
  const color = new THREE.Color();
  const paint = (position: THREE.Vector3) => {
    const nearest = Math.max(...dimples.map((dimple) => dimple.dot(position) / radius));
    return color.copy(nearest > 0.972 ? shade : base);
  };
  const builder = new SolidBuilder().add(new THREE.IcosahedronGeometry(radius, 6), paint);
  return builder.build();
}

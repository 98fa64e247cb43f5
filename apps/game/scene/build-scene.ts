/** Everything that is drawn, built from the pitch's measures and the tokens' colours. */
import * as THREE from 'three/webgpu';
import { Actors } from './actors.ts';
import { floorGeometry, wallsGeometry } from './arena-mesh.ts';
import { Celebration } from './celebration.ts';
import { screenColor, screenMaterial } from './material.ts';
import type { Palette } from './palette.ts';
import type { PitchSize } from './pitch-size.ts';
import { pitchTexture, surfaceGeometry } from './pitch-texture.ts';

const PIXELS_PER_METRE = { software: 700, hardware: 1100 } as const;

export type Scene = {
  scene: THREE.Scene;
  actors: Actors;
  celebration: Celebration;
  dispose(): void;
};

export function buildScene(pitch: PitchSize, palette: Palette, software: boolean): Scene {
  const scene = new THREE.Scene();
  scene.background = screenColor(palette.sky);
  const solid = screenMaterial(new THREE.MeshLambertNodeMaterial({ vertexColors: true }));
  const flat = screenMaterial(new THREE.MeshBasicNodeMaterial({ vertexColors: true }));
  const map = pitchTexture(pitch, palette, PIXELS_PER_METRE[software ? 'software' : 'hardware']);
  const grass = screenMaterial(new THREE.MeshLambertNodeMaterial({ map }));
  const statics = [
    new THREE.Mesh(floorGeometry(pitch, palette), flat),
    new THREE.Mesh(surfaceGeometry(pitch), grass),
    new THREE.Mesh(wallsGeometry(pitch, palette), solid),
  ];
  const sky = new THREE.HemisphereLight('#ffffff', '#8fa39a', 2.1);
  const sun = new THREE.DirectionalLight('#fff6e8', 1.9);
  sun.position.set(-1.4, 3, 1.6);
  const actors = new Actors(pitch, palette);
  const celebration = new Celebration(palette);
  scene.add(...statics, sky, sun, actors.group, celebration.mesh);
  return {
    scene,
    actors,
    celebration,
    dispose() {
      for (const mesh of statics) mesh.geometry.dispose();
      for (const material of [solid, flat, grass]) material.dispose();
      map.dispose();
      actors.dispose();
      celebration.dispose();
    },
  };
}

/** Soft round shadows on the ground: one small picture, no shadow maps. */
import * as THREE from 'three/webgpu';
import { screenMaterial } from './material.ts';

const PIXELS = 64;

export function shadowTexture(): THREE.CanvasTexture {
  const canvas = document.createElement('canvas');
  canvas.width = PIXELS;
  canvas.height = PIXELS;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('This browser gives no 2D canvas; shadows cannot be painted.');
  const half = PIXELS / 2;
  const gradient = context.createRadialGradient(half, half, half * 0.3, half, half, half);
  gradient.addColorStop(0, 'rgb(0 0 0 / 60%)');
  gradient.addColorStop(0.55, 'rgb(0 0 0 / 34%)');
  gradient.addColorStop(1, 'rgb(0 0 0 / 0%)');
  context.fillStyle = gradient;
  context.fillRect(0, 0, PIXELS, PIXELS);
  return new THREE.CanvasTexture(canvas);
}

export function shadowMesh(texture: THREE.Texture, size: number): THREE.Mesh {
  const geometry = new THREE.PlaneGeometry(size, size).rotateX(-Math.PI / 2);
  const material = screenMaterial(
    new THREE.MeshBasicNodeMaterial({ map: texture, transparent: true, depthWrite: false }),
  );
  const mesh = new THREE.Mesh(geometry, material);
  mesh.renderOrder = 1;
  return mesh;
}

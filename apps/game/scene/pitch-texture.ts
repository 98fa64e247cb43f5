/** The playing surface as a picture: mown bands and the lines of the Very Small Size league. */
import * as THREE from 'three/webgpu';
import type { Palette } from './palette.ts';
import type { PitchSize } from './pitch-size.ts';

const BANDS = 10;
const LINE_WIDTH = 0.006;
const NET_MESH = 0.02;
// IEEE Very Small Size Soccer rules, field dimensions (metres).
const CIRCLE_RADIUS = 0.2;
const AREA_DEPTH = 0.15;
const AREA_WIDTH = 0.7;
const AREA_ARC_RADIUS = 0.1;
const MARK_X = 0.375;
const MARK_Y = 0.4;
const MARK_SIZE = 0.025;

/** Extent of the surface, goals included, in metres. */
export function surfaceSize(pitch: PitchSize): { length: number; width: number } {
  return { length: pitch.length + 2 * pitch.goalDepth, width: pitch.width };
}

/**
 * The surface as flat pieces, the pitch and the two goals, all with the one picture on them.
 */
export function surfaceGeometry(pitch: PitchSize): THREE.BufferGeometry {
  const extent = surfaceSize(pitch);
  const inGoal = pitch.length / 2 + pitch.goalDepth / 2;
  const pieces = [
    { x: 0, length: pitch.length, width: pitch.width },
    { x: -inGoal, length: pitch.goalDepth, width: pitch.goalWidth },
    { x: inGoal, length: pitch.goalDepth, width: pitch.goalWidth },
  ];
  const [positions, normals, uvs, indexes]: number[][] = [[], [], [], []];
  for (const { x, length, width } of pieces) {
    const first = positions!.length / 3;
    for (const [sx, sz] of [
      [-1, 1],
      [1, 1],
      [1, -1],
      [-1, -1],
    ] as const) {
      const px = x + (sx * length) / 2;
      const pz = (sz * width) / 2;
      positions!.push(px, 0, pz);
      normals!.push(0, 1, 0);
      uvs!.push(px / extent.length + 0.5, 0.5 - pz / extent.width);
    }
    indexes!.push(first, first + 1, first + 2, first, first + 2, first + 3);
  }
  const geometry = new THREE.BufferGeometry();
  geometry.setAttribute('position', new THREE.Float32BufferAttribute(positions!, 3));
  geometry.setAttribute('normal', new THREE.Float32BufferAttribute(normals!, 3));
  geometry.setAttribute('uv', new THREE.Float32BufferAttribute(uvs!, 2));
  geometry.setIndex(indexes!);
  return geometry;
}

function paintBands(context: CanvasRenderingContext2D, pitch: PitchSize, palette: Palette): void {
  const band = pitch.length / BANDS;
  context.fillStyle = palette.pitch;
  const { length, width } = surfaceSize(pitch);
  context.fillRect(-length / 2, -width / 2, length, width);
  context.fillStyle = palette['pitch-band'];
  for (let i = 0; i < BANDS; i += 2) {
    context.fillRect(-pitch.length / 2 + i * band, -pitch.width / 2, band, pitch.width);
  }
}

function paintGoals(context: CanvasRenderingContext2D, pitch: PitchSize, palette: Palette): void {
  const half = pitch.goalWidth / 2;
  for (const side of [-1, 1]) {
    const x = side < 0 ? -pitch.length / 2 - pitch.goalDepth : pitch.length / 2;
    context.fillStyle = palette.chassis;
    context.fillRect(x, -half, pitch.goalDepth, pitch.goalWidth);
    context.fillStyle = side < 0 ? palette.blue : palette.orange;
    context.globalAlpha = 0.55;
    context.fillRect(x, -half, pitch.goalDepth, pitch.goalWidth);
    // A net, seen from above.
    context.strokeStyle = palette.line;
    context.lineWidth = 0.0022;
    context.globalAlpha = 0.4;
    context.beginPath();
    for (let along = NET_MESH / 2; along < pitch.goalDepth; along += NET_MESH) {
      context.moveTo(x + along, -half);
      context.lineTo(x + along, half);
    }
    for (let across = NET_MESH / 2 - half; across < half; across += NET_MESH) {
      context.moveTo(x, across);
      context.lineTo(x + pitch.goalDepth, across);
    }
    context.stroke();
    context.globalAlpha = 1;
  }
}

function paintLines(context: CanvasRenderingContext2D, pitch: PitchSize, palette: Palette): void {
  const x = pitch.length / 2 - LINE_WIDTH / 2;
  const y = pitch.width / 2 - LINE_WIDTH / 2;
  context.strokeStyle = palette.line;
  context.lineWidth = LINE_WIDTH;
  context.globalAlpha = 0.86;
  context.beginPath();
  context.rect(-x, -y, 2 * x, 2 * y);
  context.moveTo(0, -y);
  context.lineTo(0, y);
  context.moveTo(CIRCLE_RADIUS, 0);
  context.arc(0, 0, CIRCLE_RADIUS, 0, 2 * Math.PI);
  for (const side of [-1, 1]) {
    const edge = side * x;
    const inner = side * (pitch.length / 2 - AREA_DEPTH);
    context.moveTo(edge, -AREA_WIDTH / 2);
    context.lineTo(inner, -AREA_WIDTH / 2);
    context.lineTo(inner, AREA_WIDTH / 2);
    context.lineTo(edge, AREA_WIDTH / 2);
    const facing = side > 0 ? Math.PI : 0;
    context.moveTo(inner, -AREA_ARC_RADIUS * side);
    context.arc(inner, 0, AREA_ARC_RADIUS, facing + Math.PI / 2, facing - Math.PI / 2, true);
    for (const across of [-MARK_Y, 0, MARK_Y]) {
      context.moveTo(side * MARK_X - MARK_SIZE, across);
      context.lineTo(side * MARK_X + MARK_SIZE, across);
      context.moveTo(side * MARK_X, across - MARK_SIZE);
      context.lineTo(side * MARK_X, across + MARK_SIZE);
    }
  }
  context.stroke();
  context.fillStyle = palette.line;
  context.beginPath();
  context.arc(0, 0, LINE_WIDTH * 1.6, 0, 2 * Math.PI);
  context.fill();
  context.globalAlpha = 1;
}

/** A soft dark edge along the walls, as if they kept some light away. */
function paintShade(context: CanvasRenderingContext2D, pitch: PitchSize): void {
  const depth = 0.12;
  const edges = [
    { from: [0, -pitch.width / 2], to: [0, -pitch.width / 2 + depth] },
    { from: [0, pitch.width / 2], to: [0, pitch.width / 2 - depth] },
    { from: [-pitch.length / 2, 0], to: [-pitch.length / 2 + depth, 0] },
    { from: [pitch.length / 2, 0], to: [pitch.length / 2 - depth, 0] },
  ] as const;
  for (const { from, to } of edges) {
    const gradient = context.createLinearGradient(from[0], from[1], to[0], to[1]);
    gradient.addColorStop(0, 'rgb(0 0 0 / 26%)');
    gradient.addColorStop(1, 'rgb(0 0 0 / 0%)');
    context.fillStyle = gradient;
    context.fillRect(-pitch.length / 2, -pitch.width / 2, pitch.length, pitch.width);
  }
}

export function pitchTexture(
  pitch: PitchSize,
  palette: Palette,
  pixelsPerMetre: number,
): THREE.CanvasTexture {
  const { length, width } = surfaceSize(pitch);
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(length * pixelsPerMetre);
  canvas.height = Math.round(width * pixelsPerMetre);
  // Painted by the processor: what the GPU painted is gone when its device is lost.
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('This browser gives no 2D canvas; the pitch cannot be painted.');
  context.scale(pixelsPerMetre, pixelsPerMetre);
  context.translate(length / 2, width / 2);
  paintBands(context, pitch, palette);
  paintShade(context, pitch);
  paintGoals(context, pitch, palette);
  paintLines(context, pitch, palette);
  const texture = new THREE.CanvasTexture(canvas);
  texture.colorSpace = THREE.SRGBColorSpace;
  texture.anisotropy = 4;
  return texture;
}

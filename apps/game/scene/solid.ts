/** Builds one geometry with a colour per vertex out of many simple parts: one draw call for all. */
import * as THREE from 'three/webgpu';

type Paint = string | ((position: THREE.Vector3) => THREE.Color);

export class SolidBuilder {
  readonly #positions: number[] = [];
  readonly #normals: number[] = [];
  readonly #colors: number[] = [];

  /** Adds a part; `place` moves it from its own origin. The part's geometry is disposed of. */
  add(part: THREE.BufferGeometry, paint: Paint, place: THREE.Matrix4 = new THREE.Matrix4()): this {
    const flat = part.index ? part.toNonIndexed() : part;
    const position = flat.getAttribute('position');
    const normal = flat.getAttribute('normal');
    const turn = new THREE.Matrix3().getNormalMatrix(place);
    const vector = new THREE.Vector3();
    const single = typeof paint === 'string' ? new THREE.Color(paint) : null;
    for (let i = 0; i < position.count; i++) {
      vector.fromBufferAttribute(position, i);
      const color = single ?? (paint as (position: THREE.Vector3) => THREE.Color)(vector);
      vector.applyMatrix4(place);
      this.#positions.push(vector.x, vector.y, vector.z);
      vector.fromBufferAttribute(normal, i).applyMatrix3(turn).normalize();
      this.#normals.push(vector.x, vector.y, vector.z);
      this.#colors.push(color.r, color.g, color.b);
    }
    part.dispose();
    return this;
  }

  build(): THREE.BufferGeometry {
    const geometry = new THREE.BufferGeometry();
    geometry.setAttribute('position', new THREE.Float32BufferAttribute(this.#positions, 3));
    geometry.setAttribute('normal', new THREE.Float32BufferAttribute(this.#normals, 3));
    geometry.setAttribute('color', new THREE.Float32BufferAttribute(this.#colors, 3));
    return geometry;
  }
}

export function at(x: number, y: number, z: number): THREE.Matrix4 {
  return new THREE.Matrix4().makeTranslation(x, y, z);
}

export type Slab = { length: number; width: number; height: number; radius: number; bevel: number };

/** A box lying on y = 0 with rounded corners seen from above and a bevelled upper edge. */
export function slab(size: Slab, bevelSegments = 2): THREE.BufferGeometry {
  const { bevel } = size;
  const x = size.length / 2 - bevel;
  const y = size.width / 2 - bevel;
  const r = Math.max(0.0005, size.radius - bevel);
  const shape = new THREE.Shape();
  shape.moveTo(-x + r, -y);
  shape.lineTo(x - r, -y).quadraticCurveTo(x, -y, x, -y + r);
  shape.lineTo(x, y - r).quadraticCurveTo(x, y, x - r, y);
  shape.lineTo(-x + r, y).quadraticCurveTo(-x, y, -x, y - r);
  shape.lineTo(-x, -y + r).quadraticCurveTo(-x, -y, -x + r, -y);
  const geometry = new THREE.ExtrudeGeometry(shape, {
    depth: size.height - 2 * bevel,
    bevelEnabled: true,
    bevelSize: bevel,
    bevelThickness: bevel,
    bevelSegments,
    curveSegments: 5,
  });
  geometry.translate(0, 0, bevel).rotateX(-Math.PI / 2);
  return geometry;
}

/**
 * Materials that write the screen's colours themselves. three would otherwise draw into a buffer of
 * its own and convert that to the screen in a second pass over every pixel, which costs a renderer
 * on the processor a third of its frame.
 */
import * as THREE from 'three/webgpu';
import { output, vec4, workingToColorSpace } from 'three/tsl';

export function screenMaterial<M extends THREE.NodeMaterial>(material: M): M {
  material.outputNode = vec4(workingToColorSpace(output, THREE.SRGBColorSpace).rgb, output.a);
  return material;
}

/** For what is cleared, not drawn: the colour whose linear parts are the screen's. */
export function screenColor(css: string): THREE.Color {
  const color = new THREE.Color(css);
  const screen = { r: 0, g: 0, b: 0 };
  color.getRGB(screen, THREE.SRGBColorSpace);
  return color.setRGB(screen.r, screen.g, screen.b, THREE.LinearSRGBColorSpace);
}

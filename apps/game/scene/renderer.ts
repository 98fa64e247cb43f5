/** Chooses what draws: WebGPU on a real GPU, else WebGL 2; and says which in words. */
import * as THREE from 'three/webgpu';

export type Backend = 'webgpu' | 'webgl';

export type Drawing = {
  readonly backend: Backend;
  /** Drawn by the processor: fewer pixels from the start, no smoothing of edges. */
  readonly software: boolean;
  readonly words: string; // for people: 'WebGL 2 on SwiftShader'
};

export type DrawingChoice =
  | { readonly ok: true; readonly drawing: Drawing }
  | { readonly ok: false; readonly reason: string };

const SOFTWARE = /swiftshader|llvmpipe|lavapipe|softpipe|software|basic render/i;

function isSoftware(adapter: GPUAdapter): boolean {
  const { info } = adapter;
  return (
    info.isFallbackAdapter ||
    SOFTWARE.test(`${info.vendor} ${info.architecture} ${info.description}`)
  );
}

async function webgpuDrawing(allowSoftware: boolean): Promise<Drawing | null> {
  // `navigator.gpu` is missing in browsers without WebGPU, whatever the DOM types say.
  const gpu = navigator.gpu as GPU | undefined;
  const adapter = await gpu?.requestAdapter().catch(() => null);
  if (!adapter) return null;
  const software = isSoftware(adapter);
  if (software && !allowSoftware) return null;
  const { description, vendor, architecture } = adapter.info;
  const name = description || [vendor, architecture].filter(Boolean).join(' ') || 'this GPU';
  return { backend: 'webgpu', software, words: `WebGPU on ${name}` };
}

function webglDrawing(): Drawing | null {
  const context = document.createElement('canvas').getContext('webgl2');
  if (!context) return null;
  const extension = context.getExtension('WEBGL_debug_renderer_info');
  const name = String(
    context.getParameter(extension ? extension.UNMASKED_RENDERER_WEBGL : context.RENDERER),
  );
  context.getExtension('WEBGL_lose_context')?.loseContext();
  const software = SOFTWARE.test(name);
  return { backend: 'webgl', software, words: `WebGL 2 on ${shortName(name)}` };
}

/** ANGLE names a renderer with its driver stack; people want the part that they bought. */
function shortName(renderer: string): string {
  if (/swiftshader/i.test(renderer)) return 'SwiftShader (the processor)';
  const inner = /ANGLE \([^,]*, ([^,(]*)/.exec(renderer)?.[1];
  return (inner ?? renderer).trim();
}

/** `wanted` comes from the address (`?renderer=webgpu` takes even a software adapter). */
export async function chooseDrawing(wanted: Backend | null): Promise<DrawingChoice> {
  if (wanted !== 'webgl') {
    const drawing = await webgpuDrawing(wanted === 'webgpu');
    if (drawing) return { ok: true, drawing };
  }
  const drawing = webglDrawing();
  if (drawing) return { ok: true, drawing };
  const reason =
    'This browser gives neither WebGPU nor WebGL 2, so the match cannot be drawn. ' +
    'Switch on hardware acceleration in its settings, or open the page in another browser.';
  return { ok: false, reason };
}

/** The device is ours, not three's: three is silent about a device that is lost as 'destroyed'. */
async function openDevice(onLost: (reason: string) => void): Promise<GPUDevice> {
  const adapter = await navigator.gpu.requestAdapter();
  if (!adapter) throw new Error('WebGPU gives no adapter any more');
  const core = 'core-features-and-limits' as GPUFeatureName; // else three draws in its lesser mode
  const device = await adapter.requestDevice({
    requiredFeatures: adapter.features.has(core) ? [core] : [],
  });
  void device.lost.then((info) => onLost(info.message || info.reason));
  return device;
}

export type OpenedRenderer = { renderer: THREE.WebGPURenderer; close: () => void };

/** `onLost` is also called when the renderer is disposed of: the caller knows which it still uses. */
export async function openRenderer(
  canvas: HTMLCanvasElement,
  drawing: Drawing,
  onLost: (reason: string) => void,
): Promise<OpenedRenderer> {
  const webgl = drawing.backend === 'webgl';
  const device = webgl ? null : await openDevice(onLost);
  const renderer = new THREE.WebGPURenderer({
    canvas,
    antialias: !drawing.software,
    alpha: false,
    ...(device ? { device } : { forceWebGL: true }),
  });
  renderer.outputColorSpace = THREE.LinearSRGBColorSpace; // material.ts converts
  if (webgl) renderer.onDeviceLost = (info) => onLost(info.message);
  await renderer.init();
  const close = () => {
    void renderer.dispose();
    device?.destroy();
  };
  return { renderer, close };
}

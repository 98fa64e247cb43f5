import { NoTargetError } from '../errors.ts';

export type OpenedDevice = {
  device: GPUDevice;
  /** The adapter in words, for people. */
  name: string;
};

export type AdapterOptions = { gpu: GPU | undefined; allowSoftwareAdapter: boolean };

/** Limits that are asked for at the adapter's best; the others stay at WebGPU's guarantee. */
const LIMITS_WANTED = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxUniformBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxUniformBuffersPerShaderStage',
  'maxBindingsPerBindGroup',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupSizeY',
  'maxComputeWorkgroupSizeZ',
  'maxComputeWorkgroupStorageSize',
] as const satisfies readonly (keyof GPUSupportedLimits)[];

/** Features that are asked for where there are any. */
const FEATURES_WANTED = ['shader-f16'] as const satisfies readonly GPUFeatureName[];

/** Adapters that are a CPU in disguise. WASM SIMD is faster than each of them (DESIGN 3). */
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|softpipe|microsoft basic render|software/i;

/** Opens the GPU. Throws NoTargetError with the reason in words. */
export async function openDevice(options: AdapterOptions): Promise<OpenedDevice> {
  const gpu = options.gpu ?? globalThis.navigator?.gpu;
  if (!gpu)
    throw new NoTargetError('This browser has no WebGPU, or the page is not secure (https).');
  const adapter = await gpu
    .requestAdapter({ powerPreference: 'high-performance' })
    .catch((error: unknown) => {
      throw new NoTargetError(`WebGPU is there, but it refused: ${String(error)}`);
    });
  if (!adapter) throw new NoTargetError('WebGPU is there, but it found no graphics adapter.');
  const name = adapterName(adapter.info);
  if (isSoftware(adapter.info) && !options.allowSoftwareAdapter) {
    throw new NoTargetError(
      `The only WebGPU adapter is software (${name}); WASM is faster. ` +
        'Pass { allowSoftwareAdapter: true } to use it all the same.',
    );
  }
  // A browser may not know the newest limits.
  const known = LIMITS_WANTED.filter((limit) => limit in adapter.limits);
  const requiredLimits = Object.fromEntries(known.map((limit) => [limit, adapter.limits[limit]]));
  try {
    const requiredFeatures = FEATURES_WANTED.filter((feature) => adapter.features.has(feature));
    return { device: await adapter.requestDevice({ requiredLimits, requiredFeatures }), name };
  } catch (error) {
    throw new NoTargetError(`The graphics adapter ${name} gave no device: ${String(error)}`);
  }
}

function isSoftware(info: GPUAdapterInfo): boolean {
  const { isFallbackAdapter, vendor, architecture, device, description } = info;
  return isFallbackAdapter || SOFTWARE.test([vendor, architecture, device, description].join(' '));
}

/** Browsers hide the description or the device; what is left of it, once each. */
function adapterName(info: GPUAdapterInfo): string {
  const parts = [info.vendor, info.architecture, info.description || info.device];
  return parts.filter((part) => part !== '').join(' ') || 'of unknown make';
}

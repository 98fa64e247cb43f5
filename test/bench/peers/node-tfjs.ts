/**
 * tfjs as bundlers see it: its bundle for Node has no gradients, and its modules name each other
 * without extensions, which Node does not find by itself.
 */
import { existsSync } from 'node:fs';
import { createRequire, registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';

const ENDINGS = ['.js', '/index.js'];

export function findTfjsModules(): void {
  Object.assign(globalThis, { require: createRequire(import.meta.url) }); // for its Node platform
  registerHooks({
    resolve(specifier, context, next) {
      const parent = context.parentURL ?? '';
      if (specifier === '@tensorflow/tfjs-core') return next(`${specifier}/dist/index.js`, context);
      if (specifier === '@tensorflow/tfjs-backend-webgpu') {
        return next(`${specifier}/dist/index.js`, context);
      }
      if (!parent.includes('/@tensorflow/') || specifier.endsWith('.js')) {
        return next(specifier, context);
      }
      const inner = specifier.startsWith('@tensorflow/') ? specifier : null;
      if (inner) return next(`${inner}.js`, context);
      if (!specifier.startsWith('.')) return next(specifier, context);
      const ending = ENDINGS.find((one) =>
        existsSync(fileURLToPath(new URL(specifier + one, parent))),
      );
      return next(specifier + (ending ?? ''), context);
    },
  });
}

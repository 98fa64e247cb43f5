/**
 * `Symbol.dispose` where the browser lacks it (Safari before 26). Imported first, before any class
 * that names a method by it is defined. Delete when every supported browser has it.
 */
const symbols: object = Symbol;
if (!('dispose' in symbols)) {
  Object.defineProperty(symbols, 'dispose', { value: Symbol.for('Symbol.dispose') });
}

/** For importers to name, so that the import is seen to matter. */
export const disposal: symbol = Symbol.dispose;

import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';

const compiled = new Map<string, WebAssembly.Module | undefined>();

/** The module in a file, compiled once for the thread; undefined where the engine does not know its instructions. */
export function compileModule(file: URL): WebAssembly.Module | undefined {
  if (!compiled.has(file.href)) {
    const bytes = readFileSync(file);
    compiled.set(file.href, isValid(bytes) ? new WebAssembly.Module(bytes) : undefined);
  }
  return compiled.get(file.href);
}

/**
 * The V8 of Node 20 knows the fused instructions of relaxed SIMD behind a flag, later ones without. The flag concerns nothing but
 * which modules are valid, so it may be set at any time; it stays set, since threads that compile at the same time share it.
 */
function isValid(bytes: Uint8Array): boolean {
  if (WebAssembly.validate(bytes)) return true;
  if (!process.versions.v8.startsWith('11.')) return false;
  setFlagsFromString('--experimental-wasm-relaxed-simd');
  return WebAssembly.validate(bytes);
}

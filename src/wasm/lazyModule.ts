/**
 * A module that is decoded and compiled when it is first asked for, once for the thread. It is undefined where the engine does not know its
 * instructions, has no WebAssembly, or may not compile any, as on a page whose content security policy lacks `wasm-unsafe-eval`.
 *
 * Compiling is synchronous: no browser forbids that for modules below 8 MB.
 *
 * @param base64 its bytes, as `scripts/embedWasm.mjs` writes them
 */
export function lazyModule(base64: string): () => WebAssembly.Module | undefined {
  let compiled: { readonly module: WebAssembly.Module | undefined } | undefined;
  return () => {
    compiled ??= { module: compile(base64) };
    return compiled.module;
  };
}

function compile(base64: string): WebAssembly.Module | undefined {
  if (typeof WebAssembly === 'undefined') return undefined;
  const bytes = decode(base64);
  if (!isValid(bytes)) return undefined;
  try {
    return new WebAssembly.Module(bytes);
  } catch (error) {
    if (error instanceof WebAssembly.CompileError) return undefined; // valid, so it is the policy that refuses it
    throw error;
  }
}

/** What Node has beside the language, if this is Node. It is not imported: browsers have none of it, and bundlers would look for it. */
const { Buffer, process } = globalThis as {
  readonly Buffer?: typeof globalThis.Buffer;
  readonly process?: Partial<NodeJS.Process>;
};

function decode(base64: string): Uint8Array {
  if (Buffer) return Buffer.from(base64, 'base64'); // Node's atob takes 6 ms
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/**
 * The V8 of Node 20 knows the fused instructions of relaxed SIMD behind a flag, later ones without. The flag concerns nothing but
 * which modules are valid, so it may be set at any time; it stays set, since threads that compile at the same time share it.
 */
function isValid(bytes: Uint8Array): boolean {
  if (WebAssembly.validate(bytes)) return true;
  if (process?.versions?.v8?.startsWith('11.') !== true) return false;
  process.getBuiltinModule?.('v8').setFlagsFromString('--experimental-wasm-relaxed-simd');
  return WebAssembly.validate(bytes);
}

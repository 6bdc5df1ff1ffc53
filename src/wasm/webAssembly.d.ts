/** What all engines have of WebAssembly and this library uses; its types come with the browser's otherwise. */
declare namespace WebAssembly {
  interface MemoryDescriptor {
    readonly initial: number; // pages of 64 KiB
  }
  class Memory {
    constructor(descriptor: MemoryDescriptor);
    readonly buffer: ArrayBuffer;
  }
  class Module {
    constructor(bytes: Uint8Array);
    readonly [Symbol.toStringTag]: 'WebAssembly.Module';
  }
  class CompileError extends Error {}
  class Instance {
    constructor(module: Module, imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>);
    readonly exports: Readonly<Record<string, unknown>>;
  }
  function validate(bytes: Uint8Array): boolean;
}

/** What the build makes of a binary, by `scripts/embedWasm.mjs`. */
declare module '*.wasm.js' {
  const base64: string;
  export default base64;
}

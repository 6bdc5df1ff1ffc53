import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

declare const WebAssembly: { compile(bytes: Uint8Array): Promise<CompiledModule> };

/** A `WebAssembly.Module`, of which nobody here needs to know more. */
export type CompiledModule = object;

let compiled: Promise<CompiledModule> | undefined;

/** parquet-wasm, compiled once: worker threads that are given it share its machine code, also what was optimised meanwhile. */
export function parquetModule(): Promise<CompiledModule> {
  compiled ??= compile();
  return compiled;
}

async function compile(): Promise<CompiledModule> {
  const url = import.meta.resolve('parquet-wasm/esm/parquet_wasm_bg.wasm');
  return WebAssembly.compile(await readFile(fileURLToPath(url)));
}

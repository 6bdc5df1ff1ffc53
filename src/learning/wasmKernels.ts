import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { lazyModule } from '../wasm/lazyModule.js';
import fused from './kernelsRelaxed.wasm.js';
import everywhere from './kernels.wasm.js';

/** What `assembly/index.ts` exports; addresses are in bytes. Its comments say what they mean. */
export interface WasmKernels {
  scratchBytes(): number;
  useScratch(address: number): void;
  multiply(
    a: number,
    b: number,
    bias: number,
    c: number,
    rows: number,
    columns: number,
    terms: number,
    isTransposedA: boolean,
    isTransposedB: boolean,
    isRectified: boolean,
  ): void;
  adamStep(
    weights: number,
    gradients: number,
    means: number,
    squares: number,
    count: number,
    rate: number,
    rootScale: number,
  ): void;
  scale(numbers: number, count: number, factor: number): void;
  reluSlope(derivatives: number, activated: number, count: number, factor: number): void;
}

/** The module for every engine with SIMD, and the one that rounds a product and a sum together where the engine can. */
const MODULES = { wasm: lazyModule(everywhere), wasmRelaxed: lazyModule(fused) };
export type WasmVariant = keyof typeof MODULES;

const engines = new WeakMap<object, WasmEngine>();

/** TensorFlow.js on WebAssembly, with our kernels on its memory. */
export interface WasmEngine {
  readonly backend: BackendWasm;
  readonly kernels: WasmKernels;
}

/**
 * The engine of that backend, with the fused kernels where Node knows their instructions; undefined for other backends,
 * and where there is no SIMD. The memory may grow at every allocation: views of it go stale then, addresses stay.
 */
export function wasmEngine(backend: object): WasmEngine | undefined {
  const known = engines.get(backend);
  if (known !== undefined || !isWasmBackend(backend)) return known;
  const { wasm } = backend;
  if (!hasMemory(wasm)) return undefined;
  const { memory, malloc } = wasm.asm;
  const kernels = instantiate('wasmRelaxed', memory) ?? instantiate('wasm', memory);
  if (kernels === undefined) return undefined;
  kernels.useScratch(malloc(kernels.scratchBytes()) >>> 0);
  const engine = { backend, kernels };
  engines.set(backend, engine);
  return engine;
}

/** Undefined where the engine does not know the instructions. The caller gives it scratch memory. */
export function instantiate(variant: WasmVariant, memory: WebAssembly.Memory): WasmKernels | undefined {
  const module = MODULES[variant]();
  if (module === undefined) return undefined;
  return new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as WasmKernels;
}

/** Where the numbers of a tensor are. */
export function addressOf({ backend }: WasmEngine, { dataId }: TensorInfo): number {
  return backend.dataIdMap.get(dataId).memoryOffset;
}

/** Whether the memory of an engine is open to us. */
function isWasmBackend(backend: object): backend is BackendWasm {
  return 'typedArrayFromHeap' in backend;
}

/** What Emscripten's modules have and their types do not tell. */
interface EmscriptenExports {
  readonly asm: { readonly memory: WebAssembly.Memory; readonly malloc: (bytes: number) => number };
}

function hasMemory(module: object): module is EmscriptenExports {
  if (!('asm' in module) || typeof module.asm !== 'object' || module.asm === null) return false;
  const { asm } = module;
  if (!('memory' in asm) || !('malloc' in asm)) return false;
  return asm.memory instanceof WebAssembly.Memory && typeof asm.malloc === 'function';
}

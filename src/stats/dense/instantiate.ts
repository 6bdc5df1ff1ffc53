import { lazyModule } from '../../wasm/lazyModule.js';
import type { DenseKernels } from './kernels.js';
import fused from './kernelsRelaxed.wasm.js';
import everywhere from './kernels.wasm.js';
import { PlainKernels } from './plainKernels.js';

/** For every engine with SIMD; the one that rounds a product and a sum together where the engine can; loops for engines without either. */
const MODULES = { wasm: lazyModule(everywhere), wasmRelaxed: lazyModule(fused) };
export type DenseVariant = keyof typeof MODULES | 'plain';

/** Undefined where the engine does not know the instructions. */
export function instantiate(variant: DenseVariant): DenseKernels | undefined {
  if (variant === 'plain') return new PlainKernels();
  const module = MODULES[variant]();
  return module && (new WebAssembly.Instance(module, {}).exports as unknown as DenseKernels);
}

/** The fastest that the engine has. */
export function fastestKernels(): DenseKernels {
  return instantiate('wasmRelaxed') ?? instantiate('wasm') ?? new PlainKernels();
}

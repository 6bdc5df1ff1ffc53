import { lazyModule } from '../wasm/lazyModule.js';
import everywhere from './kernel.wasm.js';
import fused from './kernelRelaxed.wasm.js';

/** What `assembly/index.ts` exports; addresses are in bytes. Its comments say what they mean. */
export interface KernelExports {
  readonly memory: WebAssembly.Memory;
  configure(
    isDouble: boolean,
    nMax: number,
    lMax: number,
    nChannels: number,
    nIntervals: number,
    step: number,
    isWeighted: boolean,
    cutoff: number,
    maxRanges: number,
    nBlocks: number,
    rowLength: number,
  ): void;
  configureDerivatives(rowLength: number): void;
  gradientFactors(): number;
  setPoint(x: number, y: number, z: number, r: number, weight: number, slope: number): void;
  differentiateBlock(side: number, other: number, start: number, length: number, isAdded: boolean): void;
  clearGradient(): void;
  clearGradientSum(): void;
  gradientRow(axis: number): number;
  paddedFunctions(): number;
  functionsInRow(): number;
  radialCoefficients(): number;
  harmonicFactors(): number;
  harmonicNorms(): number;
  reservePoints(count: number, isLattice: boolean): void;
  pointsAlong(axis: number): number;
  pointRanges(): number;
  spectrumBlocks(): number;
  powerSpectrum(): number;
  clear(): void;
  readonly expand64: Expand;
  readonly expand32: Expand;
  scaleChannel(channel: number, factor: number): void;
  sumChannels(): void;
  contract64(scale: number): void;
  contract32(scale: number): void;
}

type Expand = (channel: number, nRanges: number, x: number, y: number, z: number) => void;

/** The module for every engine with SIMD, and the one that rounds a product and a sum together where the engine can. */
const MODULES = { wasm: lazyModule(everywhere), wasmRelaxed: lazyModule(fused) };
export type WasmVariant = keyof typeof MODULES;

/** Whether the engine knows its instructions. */
export function isSupported(variant: WasmVariant): boolean {
  return MODULES[variant]() !== undefined;
}

/**
 * A kernel with memory of its own.
 *
 * @param weight of a point, given its squared distance from the centre
 * @throws TypeError where the engine does not know the instructions
 */
export function instantiate(variant: WasmVariant, weight: (rr: number) => number): KernelExports {
  const module = MODULES[variant]();
  if (module === undefined) throw new TypeError(`kernel: expected one that this engine can run, got ${variant}`);
  return new WebAssembly.Instance(module, { env: { weight } }).exports as unknown as KernelExports;
}

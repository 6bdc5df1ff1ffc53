import { type DenseLayer, weightCountOf } from './denseLayers.js';
import { instantiate, type WasmVariant } from './wasmKernels.js';

/** The affine maps of a chain of dense layers, with ReLU between them where the layers have it. */
export interface AffineChain {
  /** Rows that it takes at a time, at most. */
  readonly mostRows: number;
  /** @param weights of all layers, in their order; copied */
  setWeights(weights: Float32Array): void;
  /**
   * @param rows rows × inputs of the first layer
   * @returns rows × units of the last layer, in memory that the next call overwrites; a row gives the same bytes whatever rows are beside it
   */
  apply(rows: Float32Array): Float32Array;
}

/** Rows of a call of the product: enough that packing the weights costs little, few enough that a layer stays in the cache. */
const MOST_ROWS = 264;
/** Numbers of a layer of all these rows, at most, where a row has not more by itself: 4 MiB. */
const MOST_NUMBERS = 2 ** 20;

function rowsAtATime(layers: readonly DenseLayer[]): number {
  return Math.max(1, Math.min(MOST_ROWS, Math.floor(MOST_NUMBERS / widest(layers))));
}

function widest(layers: readonly DenseLayer[]): number {
  return Math.max(...layers.map(({ inputs, units }) => Math.max(inputs, units)));
}

/** The chain on the fastest product that the engine can run. */
export function affineChain(layers: readonly DenseLayer[]): AffineChain {
  return wasmChain(layers, 'wasmRelaxed') ?? wasmChain(layers, 'wasm') ?? plainChain(layers);
}

/**
 * The chain on our product in WebAssembly; undefined where the engine does not know its instructions. It has a memory of its own: the weights,
 * two layers of `mostRows` rows, and the scratch of the product.
 */
export function wasmChain(layers: readonly DenseLayer[], variant: WasmVariant): AffineChain | undefined {
  // To learn how much scratch there must be takes an instance.
  const scratchBytes = instantiate(variant, new WebAssembly.Memory({ initial: 0 }))?.scratchBytes();
  if (scratchBytes === undefined) return undefined;
  const mostRows = rowsAtATime(layers);
  const sizes = [weightCountOf(layers), mostRows * widest(layers), mostRows * widest(layers)];
  const places: number[] = [];
  let end = 64; // address 0 stands for a bias that is missing
  for (const size of sizes) {
    places.push(end);
    end = 64 * Math.ceil((end + 4 * size) / 64);
  }
  const memory = new WebAssembly.Memory({ initial: Math.ceil((end + scratchBytes) / 65_536) });
  const [stored, first, second] = sizes.map((size, i) => new Float32Array(memory.buffer, places[i], size));
  const kernels = instantiate(variant, memory)!;
  kernels.useScratch(end);
  return {
    mostRows,
    setWeights: (weights) => stored!.set(weights),
    apply(rows) {
      let [from, to] = [first!, second!];
      from.set(rows);
      const count = rows.length / layers[0]!.inputs;
      let kernel = places[0]!;
      for (const { inputs, units, activation } of layers) {
        const bias = kernel + 4 * inputs * units;
        const isRectified = activation === 'relu';
        kernels.multiply(from.byteOffset, kernel, bias, to.byteOffset, count, units, inputs, false, false, isRectified);
        kernel = bias + 4 * units;
        [from, to] = [to, from];
      }
      return from.subarray(0, count * layers.at(-1)!.units);
    },
  };
}

/** For engines without SIMD: plain loops, sums in float64. */
export function plainChain(layers: readonly DenseLayer[]): AffineChain {
  let stored = new Float32Array(weightCountOf(layers));
  return {
    mostRows: rowsAtATime(layers),
    setWeights(weights) {
      stored = weights.slice();
    },
    apply(rows) {
      let from = rows;
      let at = 0;
      for (const layer of layers) {
        const end = at + (layer.inputs + 1) * layer.units;
        from = affine(layer, stored.subarray(at, end), from);
        at = end;
      }
      return from;
    },
  };
}

function affine({ inputs, units, activation }: DenseLayer, weights: Float32Array, rows: Float32Array): Float32Array {
  const bias = weights.subarray(inputs * units);
  const floor = activation === 'relu' ? 0 : -Infinity;
  const sums = new Float64Array(units);
  const result = new Float32Array((rows.length / inputs) * units);
  for (let row = 0, to = 0; row < rows.length; row += inputs, to += units) {
    sums.set(bias);
    for (let i = 0; i < inputs; i++) {
      const x = rows[row + i]!;
      const kernel = i * units;
      for (let unit = 0; unit < units; unit++) sums[unit]! += x * weights[kernel + unit]!;
    }
    for (let unit = 0; unit < units; unit++) result[to + unit] = Math.max(floor, sums[unit]!);
  }
  return result;
}

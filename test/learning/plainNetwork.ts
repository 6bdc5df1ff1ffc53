import type { DenseChain } from '#dist/learning/denseLayers.js';

/** A chain of dense layers in float64 loops: slow and obvious. */
export interface PlainLayer {
  readonly kernel: number[]; // inputs × units
  readonly bias: number[]; // units
  readonly isRectified: boolean;
}

/** The layers of a chain, each with its weights. */
export function plainLayers({ layers, weights }: DenseChain): PlainLayer[] {
  let at = 0;
  return layers.map(({ inputs, units, activation }) => {
    const kernel = [...weights.subarray(at, (at += inputs * units))];
    const bias = [...weights.subarray(at, (at += units))];
    return { kernel, bias, isRectified: activation === 'relu' };
  });
}

/** What leaves the last affine map for one row. */
export function plainOutputs(layers: readonly PlainLayer[], row: readonly number[]): number[] {
  return layers.reduce(
    (inputs: readonly number[], { kernel, bias, isRectified }) =>
      bias.map((b, unit) => {
        const sum = inputs.reduce((total, x, i) => total + x * kernel[i * bias.length + unit]!, b);
        return isRectified ? Math.max(0, sum) : sum;
      }),
    row,
  ) as number[];
}

/** Mean over rows of -log softmax(outputs)[label]. */
export function plainCrossEntropy(outputs: readonly number[][], labels: Uint8Array): number {
  const losses = outputs.map((logits, row) => {
    const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
    return Math.log(total) - logits[labels[row]!]!;
  });
  return mean(losses);
}

/** Mean over rows and columns of (outputs - rows)². */
export function plainSquaredError(outputs: readonly number[][], rows: readonly number[][]): number {
  return mean(outputs.flatMap((output, row) => output.map((value, i) => (value - rows[row]![i]!) ** 2)));
}

/** ∂loss/∂w of every weight, in the order of the layers, by central differences. */
export function plainGradients(layers: readonly PlainLayer[], lossOf: () => number): number[] {
  const step = 1e-6;
  return layers.flatMap(({ kernel, bias }) =>
    [kernel, bias].flatMap((weights) =>
      weights.map((value, i) => {
        weights[i] = value + step;
        const above = lossOf();
        weights[i] = value - step;
        const below = lossOf();
        weights[i] = value;
        return (above - below) / (2 * step);
      }),
    ),
  );
}

/** The rows of a matrix. */
export function rowsOf(values: ArrayLike<number>, columns: number): number[][] {
  return Array.from({ length: values.length / columns }, (_, row) =>
    Array.from({ length: columns }, (_unused, column) => values[row * columns + column]!),
  );
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

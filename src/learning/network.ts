import { chainOf, type DenseChain, type DenseLayer, drawWeights } from './denseLayers.js';
import { randomStreams, SequentialRandom } from './random.js';

/** What fixes a classifier before it is trained. */
export interface ClassifierShape {
  readonly featureCount: number;
  readonly layers: readonly number[]; // units of each hidden layer
  readonly classCount: number;
  readonly seed: number;
}

/** The untrained classifier: hidden layers with ReLU, then a softmax over the classes. */
export function buildClassifier({ featureCount, layers: hidden, classCount, seed }: ClassifierShape): DenseChain {
  const layers = chainOf(featureCount, [
    ...hidden.map((units, i) => ({ name: `hidden${i + 1}`, units, activation: 'relu' as const })),
    { name: 'output', units: classCount, activation: 'softmax' },
  ]);
  return { layers, weights: drawWeights(layers, new SequentialRandom(seed, randomStreams.weights)) };
}

/** What fixes an autoencoder before it is trained. */
export interface AutoencoderShape {
  readonly featureCount: number; // d
  readonly components: number; // h_e
  readonly hiddenMultiplier?: number | undefined; // h_m; without one there are no wide layers
  readonly seed: number;
}

/** An untrained autoencoder: all its layers are trained as one chain. */
export interface UntrainedAutoencoder {
  readonly encoder: readonly DenseLayer[];
  readonly decoder: readonly DenseLayer[];
  readonly weights: Float32Array; // of the encoder, then of the decoder
}

/**
 * The untrained autoencoder of the paper: linear d → h_e → d, or deep d → d·h_m → h_e → d·h_m → d with ReLU on the wide
 * layers; code and output are linear.
 */
export function buildAutoencoder(shape: AutoencoderShape): UntrainedAutoencoder {
  const { featureCount, components, hiddenMultiplier, seed } = shape;
  const half = (inputs: number, wide: string, last: string, units: number): DenseLayer[] =>
    chainOf(inputs, [
      ...(hiddenMultiplier === undefined
        ? []
        : [{ name: wide, units: featureCount * hiddenMultiplier, activation: 'relu' as const }]),
      { name: last, units, activation: 'linear' },
    ]);
  const encoder = half(featureCount, 'encoderHidden', 'code', components);
  const decoder = half(components, 'decoderHidden', 'output', featureCount);
  const random = new SequentialRandom(seed, randomStreams.weights);
  return { encoder, decoder, weights: drawWeights([...encoder, ...decoder], random) };
}

import type { DenseLayer } from './denseLayers.js';

/** The release of tfjs-layers whose files these are like to the byte. */
const VERSION = '4.22.0';

/** What is told of a network beside its weights. */
export interface NetworkDescription {
  readonly name: string;
  readonly layers: readonly DenseLayer[];
  readonly dropout?: number; // behind each layer but the last; of use where training goes on elsewhere
  readonly weightsFile: string;
}

/** The description of a network in the layers-model format, which TensorFlow.js loads in Node and in browsers. */
export function describeModel({ name, layers, dropout, weightsFile }: NetworkDescription): string {
  const described = layers.flatMap((layer, i) =>
    dropout === undefined || i === layers.length - 1
      ? [denseDescription(layer)]
      : [denseDescription(layer), dropoutDescription(`dropout${i + 1}`, dropout)],
  );
  const weights = layers.flatMap((layer) => [
    { name: `${layer.name}/kernel`, shape: [layer.inputs, layer.units], dtype: 'float32' },
    { name: `${layer.name}/bias`, shape: [layer.units], dtype: 'float32' },
  ]);
  return JSON.stringify({
    modelTopology: {
      class_name: 'Sequential',
      config: { name, layers: described },
      keras_version: `tfjs-layers ${VERSION}`,
      backend: 'tensor_flow.js',
    },
    format: 'layers-model',
    generatedBy: `TensorFlow.js tfjs-layers v${VERSION}`,
    convertedBy: null,
    weightsManifest: [{ paths: [weightsFile], weights }],
  });
}

function denseDescription({ name, inputs, units, activation }: DenseLayer): object {
  const zeros = { class_name: 'Zeros', config: {} };
  return {
    class_name: 'Dense',
    config: {
      units,
      activation,
      use_bias: true,
      kernel_initializer: zeros,
      bias_initializer: zeros,
      kernel_regularizer: null,
      bias_regularizer: null,
      activity_regularizer: null,
      kernel_constraint: null,
      bias_constraint: null,
      name,
      trainable: true,
      batch_input_shape: [null, inputs],
      dtype: 'float32',
    },
  };
}

function dropoutDescription(name: string, rate: number): object {
  return { class_name: 'Dropout', config: { rate, noise_shape: null, seed: null, name, trainable: true } };
}

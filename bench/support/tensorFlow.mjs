import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';

/**
 * A classifier of these files as TensorFlow.js loads it.
 *
 * @param {ReadonlyMap<string, Uint8Array>} files
 */
export function loadByTensorFlow(files) {
  const { modelTopology, weightsManifest } = JSON.parse(new TextDecoder().decode(files.get('model.json')));
  const weightData = new Uint8Array(files.get('weights.bin')).buffer;
  return tfl.loadLayersModel(tf.io.fromMemory({ modelTopology, weightSpecs: weightsManifest[0].weights, weightData }));
}

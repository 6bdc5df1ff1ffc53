import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import type { ModelFiles } from '#dist/learning/modelJson.js';

/** A network of these files as TensorFlow.js loads it. */
export function loadByTensorFlow(files: ModelFiles, description: string, weights: string): Promise<tfl.LayersModel> {
  const { modelTopology, weightsManifest } = JSON.parse(new TextDecoder().decode(files.get(description)));
  const weightData = new Uint8Array(files.get(weights)!).buffer;
  return tfl.loadLayersModel(tf.io.fromMemory({ modelTopology, weightSpecs: weightsManifest[0].weights, weightData }));
}

/** What it makes of rows. */
export function predictByTensorFlow(model: tfl.LayersModel, rows: Float32Array): Float32Array {
  const inputs = model.inputs[0]!.shape[1]!;
  return tf.tidy(() =>
    (model.predict(tf.tensor2d(rows, [rows.length / inputs, inputs])) as tf.Tensor).dataSync<'float32'>(),
  );
}

/** The files that TensorFlow.js makes of a network. */
export async function saveByTensorFlow(
  model: tfl.LayersModel,
  description: string,
  weightsFile: string,
): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  const handler = tf.io.withSaveHandler(({ weightSpecs, weightData, ...rest }) => {
    const text = JSON.stringify({ ...rest, weightsManifest: [{ paths: [weightsFile], weights: weightSpecs }] });
    files.set(description, new TextEncoder().encode(text));
    files.set(weightsFile, new Uint8Array(tf.io.CompositeArrayBuffer.join(weightData)));
    return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } });
  });
  await model.save(handler);
  return files;
}

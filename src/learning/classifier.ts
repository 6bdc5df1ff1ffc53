import type { LayersModel } from '@tensorflow/tfjs-layers';
import { applyModel, widthsOf } from './applyModel.js';

/** A trained network, ready to be applied. Holds memory of the engine until it is disposed of. */
export class Classifier {
  readonly model: LayersModel;
  readonly featureCount: number;
  readonly classCount: number;

  /** @param model takes rows × featureCount and gives rows × classCount probabilities */
  constructor(model: LayersModel) {
    const { inputs, outputs } = widthsOf(model);
    this.model = model;
    this.featureCount = inputs;
    this.classCount = outputs;
  }

  /**
   * The probability of each class for each row.
   *
   * @param features rows × featureCount, finite
   * @returns rows × classCount
   */
  predict(features: Float32Array): Float32Array {
    return applyModel(this.model, features, { inputs: this.featureCount, outputs: this.classCount });
  }

  dispose(): void {
    this.model.dispose();
  }
}

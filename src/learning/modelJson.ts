import type { io } from '@tensorflow/tfjs-core';
import { messageOf, PipelineError } from '../errors.js';

/**
 * The layers-model description of TensorFlow.js: the layers, and the shapes of the weights in the order of their bytes.
 *
 * @param path where the text is from
 * @throws PipelineError `badData` if it is anything else, or of weights that are not plain float32
 */
export function parseModelJson(text: string, path: string): io.ModelJSON {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new PipelineError('badData', `${path}: expected JSON, found ${messageOf(cause)}`, { cause });
  }
  if (!isRecord(value) || !isRecord(value.modelTopology)) {
    throw new PipelineError('badData', `${path}: expected a model of TensorFlow.js, found no modelTopology`);
  }
  if (!isManifest(value.weightsManifest)) {
    throw new PipelineError('badData', `${path}: expected a weightsManifest of float32 weights, found none`);
  }
  return { ...value, modelTopology: value.modelTopology, weightsManifest: value.weightsManifest };
}

function isManifest(value: unknown): value is io.WeightsManifestConfig {
  return (
    Array.isArray(value) &&
    value.every((group) => isRecord(group) && isAll(group.paths, isString) && isAll(group.weights, isWeight))
  );
}

function isWeight(value: unknown): value is io.WeightsManifestEntry {
  return (
    isRecord(value) &&
    isString(value.name) &&
    isAll(value.shape, isLength) &&
    value.dtype === 'float32' &&
    value.quantization === undefined
  );
}

function isAll(value: unknown, isItem: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every((item) => isItem(item));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isString(value: unknown): value is string {
  return typeof value === 'string';
}

function isLength(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

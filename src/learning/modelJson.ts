import { z } from 'zod';
import { messageOf, PipelineError } from '../errors.js';
import { type Activation, activations, type DenseLayer } from './denseLayers.js';

/** Saved networks: the bytes of each file, by name. */
export type ModelFiles = ReadonlyMap<string, Uint8Array>;

/** Weights that lie in files, one after the other. */
const weightGroup = z.object({
  paths: z.array(z.string()),
  weights: z.array(
    z.object({
      name: z.string(), // of its layer, then kernel or bias
      shape: z.array(z.int().min(0)),
      dtype: z.literal('float32'),
      quantization: z.undefined().optional(),
    }),
  ),
});
export type WeightGroup = z.output<typeof weightGroup>;

/** What a description in the layers-model format says. */
export interface ModelDescription {
  readonly layers: readonly DenseLayer[];
  readonly weightsManifest: readonly WeightGroup[];
}

/**
 * A network in the layers-model format of TensorFlow.js: the layers, and the shapes of the weights in the order of their bytes. Takes chains of
 * dense layers; dropout among them does nothing once they are trained.
 *
 * @param path where the text is from
 * @throws PipelineError `badData` if it is anything else, or of weights that are not plain float32
 */
export function parseModelJson(text: string, path: string): ModelDescription {
  const refuse = (expected: string, found: string, cause?: unknown): PipelineError =>
    new PipelineError('badData', `${path}: expected ${expected}, found ${found}`, { cause });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw refuse('JSON', messageOf(cause), cause);
  }
  if (!isRecord(value) || !isRecord(value.modelTopology)) throw refuse('a model of TensorFlow.js', 'no modelTopology');
  const { data: weightsManifest } = z.array(weightGroup).safeParse(value.weightsManifest);
  if (!weightsManifest) throw refuse('a weightsManifest of float32 weights', 'none');
  try {
    return { layers: layersOf(value.modelTopology, weightsManifest), weightsManifest };
  } catch (cause) {
    throw refuse('a chain of dense layers', messageOf(cause), cause);
  }
}

/** The dense layers of a Sequential model. What Keras has written is one level deeper. */
function layersOf(topology: Record<string, unknown>, manifest: readonly WeightGroup[]): DenseLayer[] {
  const model = isRecord(topology.model_config) ? topology.model_config : topology;
  if (model.class_name !== 'Sequential') throw new RangeError(`a model of class ${shown(model.class_name)}`);
  const { layers: described } = isRecord(model.config) ? model.config : {};
  if (!Array.isArray(described)) throw new RangeError('no layers');
  const shapes = new Map<string, readonly number[]>();
  for (const { name, shape } of manifest.flatMap(({ weights }) => weights)) {
    if (shapes.has(name)) throw new RangeError(`two weights ${name}`);
    shapes.set(name, shape);
  }
  const layers: DenseLayer[] = [];
  for (const layer of described) {
    if (!isRecord(layer)) throw new RangeError(`a layer that is ${shown(layer)}`);
    const config = isRecord(layer.config) ? layer.config : {};
    if (layer.class_name === 'Dense') layers.push(denseLayer(config, shapes, layers.at(-1)));
    else if (layer.class_name !== 'Dropout' && layer.class_name !== 'InputLayer') {
      throw new RangeError(`layer ${shown(config.name)} of class ${shown(layer.class_name)}`);
    }
  }
  const [surplus] = shapes.keys();
  if (surplus !== undefined) throw new RangeError(`weights ${surplus}, which are of none`);
  if (layers.length === 0) throw new RangeError('none');
  return layers;
}

/** @param shapes of the weights that no layer before has; those of this one are taken out */
function denseLayer(
  config: Record<string, unknown>,
  shapes: Map<string, readonly number[]>,
  before: DenseLayer | undefined,
): DenseLayer {
  const { name, units, activation = 'linear', use_bias: useBias = true, batch_input_shape: batchShape } = config;
  if (!isString(name) || !isLength(units) || units === 0)
    throw new RangeError(`layer ${shown(name)} of ${shown(units)} units`);
  if (!isActivation(activation)) throw new RangeError(`layer ${name} with activation ${shown(activation)}`);
  if (useBias !== true) throw new RangeError(`layer ${name} without bias`);
  if (before?.activation === 'softmax') throw new RangeError(`layer ${name} behind the softmax of ${before.name}`);
  const take = (weight: string): readonly number[] => {
    const shape = shapes.get(`${name}/${weight}`);
    if (!shape) throw new RangeError(`layer ${name} without weights ${name}/${weight}`);
    shapes.delete(`${name}/${weight}`);
    return shape;
  };
  const [kernel, bias] = [take('kernel'), take('bias')];
  const inputs = before?.units ?? (Array.isArray(batchShape) ? (batchShape[1] as unknown) : kernel[0]);
  if (!isLength(inputs) || inputs === 0 || String(kernel) !== `${inputs},${units}` || String(bias) !== `${units}`) {
    const expected = `${shown(inputs)} inputs and ${units} units`;
    throw new RangeError(`layer ${name} of ${expected} with a kernel [${String(kernel)}] and a bias [${String(bias)}]`);
  }
  return { name, inputs, units, activation };
}

function shown(value: unknown): string {
  return isString(value) ? value : (JSON.stringify(value) ?? 'undefined');
}

function isActivation(value: unknown): value is Activation {
  return activations.some((activation) => activation === value);
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

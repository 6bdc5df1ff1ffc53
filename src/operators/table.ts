import { classifyStep } from './classify.js';
import { compressStep } from './compress.js';
import { decodeMnistStep } from './decodeMnist.js';
import type { OperatorDefinition } from './definition.js';
import { imageToXyzStep } from './imageToXyz.js';
import { reservoirSampleStep } from './reservoirSample.js';
import { robustRescaleStep } from './robustRescale.js';
import { selectStep } from './select.js';
import { soapStep } from './soap.js';

/** Every operator that a pipeline file can name, in the order of the main job. */
export const operators: readonly OperatorDefinition[] = [
  decodeMnistStep,
  imageToXyzStep,
  reservoirSampleStep,
  soapStep,
  robustRescaleStep,
  compressStep,
  classifyStep,
  selectStep,
];

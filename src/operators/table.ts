import { classifyStep } from './classify.js';
import { classifyImagesStep } from './classifyImages.js';
import { compressStep } from './compress.js';
import { correlateStep } from './correlate.js';
import { decodeMnistStep } from './decodeMnist.js';
import type { OperatorDefinition } from './frame/definition.js';
import { filterStep } from './filter.js';
import { flattenPixelsStep } from './flattenPixels.js';
import { imageToXyzStep } from './imageToXyz.js';
import { poolImagesStep } from './poolImages.js';
import { reservoirSampleStep } from './reservoirSample.js';
import { robustRescaleStep } from './robustRescale.js';
import { selectStep } from './select.js';
import { soapStep } from './soap.js';
import { transformImageStep } from './transformImage.js';
import { xyzToImageStep } from './xyzToImage.js';

/** Every operator that a pipeline file can name, in the order of the main job. */
export const operators: readonly OperatorDefinition[] = [
  decodeMnistStep,
  transformImageStep,
  imageToXyzStep,
  xyzToImageStep,
  flattenPixelsStep,
  reservoirSampleStep,
  soapStep,
  poolImagesStep,
  robustRescaleStep,
  compressStep,
  classifyStep,
  classifyImagesStep,
  correlateStep,
  filterStep,
  selectStep,
];

/** `soapstream/operators`: every operator, its definition and options, and what operators of one's own are made of. Nothing of Node. */
export {
  classify,
  classifyStep,
  fitClassify,
  type FitClassifyOptions,
  type FittedClassifier,
} from '../operators/classify.js';
export { classifyImages, type ClassifyImagesOptions, classifyImagesStep } from '../operators/classifyImages.js';
export {
  compress,
  type CompressOptions,
  type Compressor,
  compressStep,
  fitCompress,
  type FitCompressOptions,
  type FittedCompression,
} from '../operators/compress.js';
export { correlate, type CorrelateOptions, correlateStep } from '../operators/correlate.js';
export { decodeMnist, type DecodeMnistOptions, decodeMnistStep } from '../operators/decodeMnist.js';
// RxJS has a `filter` too: whoever imports both takes the other name.
export { filter, filter as filterRows, type FilterOptions, filterStep } from '../operators/filter.js';
export { flattenPixels, type FlattenPixelsOptions, flattenPixelsStep } from '../operators/flattenPixels.js';
export { imageToXyz, type ImageToXyzOptions, imageToXyzStep } from '../operators/imageToXyz.js';
export { poolImages, type PoolImagesOptions, poolImagesStep } from '../operators/poolImages.js';
export { reservoirSample, type ReservoirSampleOptions, reservoirSampleStep } from '../operators/reservoirSample.js';
export {
  fitRobustRescale,
  type FitRobustRescaleOptions,
  type FittedScaler,
  robustRescale,
  robustRescaleStep,
} from '../operators/robustRescale.js';
export { select, type SelectOptions, selectStep } from '../operators/select.js';
export { soap, type SoapOptions, soapStep } from '../operators/soap.js';
export { transformImage, type TransformImageOptions, transformImageStep } from '../operators/transformImage.js';
export { xyzToImage, type XyzToImageOptions, xyzToImageStep } from '../operators/xyzToImage.js';
export { operators } from '../operators/table.js';

// Operators of one's own.
export { batchOperator, type BatchTransform } from '../operators/frame/batchOperator.js';
export { defineOperator } from '../operators/frame/defineOperator.js';
export type {
  ArtifactFiles,
  BatchOperator,
  Fit,
  Fitted,
  FittedDefinition,
  OperatorDefinition,
  StepContext,
  StreamDefinition,
} from '../operators/frame/definition.js';
export type { Tally } from '../operators/frame/tally.js';
export {
  classLabels,
  type ColumnExpectation,
  exactly,
  featureVector,
  featureVectorOf,
  ifPresent,
} from '../arrow/expectations.js';
export { type ErrorCode, PipelineError, type Place } from '../errors.js';
export { z } from 'zod';

export { gtoBasis, type GtoBasis } from './basis/gtoBasis.js';
export type { Compression } from './channels.js';
export type { PowerSpectrumDerivatives } from './derivatives/differentiator.js';
export { type DerivativesRequest, powerSpectrumDerivatives } from './derivatives/powerSpectrumDerivatives.js';
export {
  type Average,
  featureCount,
  type Arithmetic,
  type KernelName,
  type RadialBasis,
  type RadialOptions,
  type SoapOptions,
} from './options.js';
export type { CloudRequest } from './points/indexCloud.js';
export type { Cell } from './points/periodicCell.js';
export type { PointIndex } from './points/pointIndex.js';
export { PowerSpectrum, powerSpectrum } from './powerSpectrum.js';
export type { Weighting } from './weighting.js';

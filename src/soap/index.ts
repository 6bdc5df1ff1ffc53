export { gtoBasis, type GtoBasis } from './gtoBasis.js';
export { featureCount, type RadialOptions, type SoapOptions } from './options.js';
export { PowerSpectrum, powerSpectrum } from './powerSpectrum.js';

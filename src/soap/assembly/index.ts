/**
 * The SOAP kernel for WebAssembly with SIMD: what `../plainKernel.ts` computes, many points at a time. Built twice, with and
 * without relaxed SIMD. The host is `../wasmKernel.ts`.
 */
import { clearCoefficients, configureCoefficients, scaleChannel, scaleCoefficients, sumChannels } from './coefficients';
import { contractBlock } from './contraction';
import { configureDerivatives as reserveDerivatives } from './derivatives';
import { configureHarmonics, sumHarmonics } from './harmonics';
import { forgetAll, forgetFrom, reserve } from './memory';
import { configureNorms } from './norms';
import { addProducts } from './products';
import { configureRadialRows } from './radialRows';
import { COLUMNS, nPadded, PANEL_BYTES, setSettings } from './settings';
import { addPoint, arrange, configureShells, setLattice, startBlock } from './shells';
import { lanes } from './simd';

export { clearGradient, clearGradientSum, differentiateBlock, gradientRow, setPoint } from './derivatives';
export { gradientFactors } from './harmonicGradients';
export { harmonicFactors } from './harmonics';
export { harmonicNorms } from './norms';
export { functionsInRow, radialCoefficients } from './radialRows';
export { clearCoefficients as clear, scaleChannel, sumChannels };

let cutoffSquared: f64 = 0;
let ranges: usize = 0;
let blocks: usize = 0;
let nBlocks: i32 = 0;
let row: usize = 0;
let pointsStart: usize = 0;
let pointsX: usize = 0;
let pointsY: usize = 0;
let pointsZ: usize = 0;

/** Of a block of the power spectrum: its left and its right channel, and whether it is triangular; i32. */
const BLOCK_BYTES: usize = 12;

/**
 * Lays out the memory; the host then writes the table, the factors and the norms. Offsets, distances and coefficients are float64 in either
 * arithmetic.
 */
export function configure(
  isDouble: bool,
  nMax: i32,
  lMax: i32,
  nChannels: i32,
  nIntervals: i32,
  step: f64,
  isWeighted: bool,
  cutoff: f64,
  maxRanges: i32,
  blockCount: i32,
  rowLength: i32,
): void {
  forgetAll();
  setSettings(nMax, lMax, nChannels, isDouble ? lanes<f64>() : lanes<f32>());
  cutoffSquared = cutoff * cutoff;
  if (isDouble) configureArithmetic<f64>(nIntervals, step, isWeighted);
  else configureArithmetic<f32>(nIntervals, step, isWeighted);
  configureNorms();
  configureCoefficients();
  ranges = reserve(8 * <usize>maxRanges);
  nBlocks = blockCount;
  blocks = reserve(BLOCK_BYTES * <usize>nBlocks);
  row = reserve(8 * <usize>rowLength + 64);
  pointsStart = reserve(0);
}

@inline
function configureArithmetic<T>(nIntervals: i32, step: f64, isWeighted: bool): void {
  configureRadialRows<T>(nIntervals, step, isWeighted);
  configureShells<T>();
  configureHarmonics<T>();
}

/** Makes room for derivatives, before there is any cloud; the host then writes the factors of the gradients. */
export function configureDerivatives(rowLength: i32): void {
  reserveDerivatives(rowLength);
  pointsStart = reserve(0);
}

/** Functions of one l in the table: nMax and what fills it up to whole vectors. */
export function paddedFunctions(): i32 {
  return nPadded;
}

/** Makes room for a cloud; the host then writes x, y and z, f64. On a lattice points are often equally far apart. */
export function reservePoints(count: i32, isLattice: bool): void {
  setLattice(isLattice);
  forgetFrom(pointsStart);
  pointsX = reserve(8 * <usize>count);
  pointsY = reserve(8 * <usize>count);
  pointsZ = reserve(8 * <usize>count);
}

export function pointsAlong(axis: i32): usize {
  return axis == 0 ? pointsX : axis == 1 ? pointsY : pointsZ;
}

/** Where the host writes pairs of a start and an exclusive end, u32. */
export function pointRanges(): usize {
  return ranges;
}

/** Where the host writes the blocks of the power spectrum, in their order. */
export function spectrumBlocks(): usize {
  return blocks;
}

/** Where `contract` writes the power spectrum. */
export function powerSpectrum(): usize {
  return row;
}

export function expand64(channel: i32, nRanges: i32, x: f64, y: f64, z: f64): void {
  expand<f64>(channel, nRanges, x, y, z);
}

export function expand32(channel: i32, nRanges: i32, x: f64, y: f64, z: f64): void {
  expand<f32>(channel, nRanges, x, y, z);
}

/** Adds the points of the ranges that are within the cutoff of the centre to the coefficients of a channel. */
@inline
function expand<T>(channel: i32, nRanges: i32, centerX: f64, centerY: f64, centerZ: f64): void {
  let nPoints = 0;
  startBlock();
  for (let range = 0; range < nRanges; range++) {
    const start = <usize>load<u32>(ranges + 8 * <usize>range) * 8;
    const end = <usize>load<u32>(ranges + 8 * <usize>range, 4) * 8;
    for (let at = start; at < end; at += 8) {
      const x = load<f64>(pointsX + at) - centerX;
      const y = load<f64>(pointsY + at) - centerY;
      const z = load<f64>(pointsZ + at) - centerZ;
      const rr = x * x + y * y + z * z;
      nPoints = addPoint(x, y, z, rr, rr <= cutoffSquared);
      if (nPoints == COLUMNS) {
        addBlock<T>(channel);
        startBlock();
        nPoints = 0;
      }
    }
  }
  if (nPoints > 0) addBlock<T>(channel);
}

function addBlock<T>(channel: i32): void {
  const columns = arrange<T>();
  const panel = <i32>(PANEL_BYTES / sizeof<T>());
  for (let start = 0; start < columns; start += panel) {
    const end = min(start + panel, columns);
    sumHarmonics<T>(start, end);
    addProducts<T>(channel, start, end);
  }
}

/** Writes the power spectrum times `scale`, f64. The coefficients are no longer what they were. */
export function contract64(scale: f64): void {
  contract<f64>(scale);
}

/** The same, rounded to f32. */
export function contract32(scale: f64): void {
  contract<f32>(scale);
}

@inline
function contract<T>(scale: f64): void {
  if (scale != 1) scaleCoefficients(sqrt(scale));
  let to = row;
  for (let block = blocks; block < blocks + BLOCK_BYTES * <usize>nBlocks; block += BLOCK_BYTES) {
    to = contractBlock<T>(load<i32>(block), load<i32>(block, 4), load<i32>(block, 8) != 0, to);
  }
}

import { reserve } from './memory';
import { lMax, nChannels, nPadded } from './settings';

/**
 * c_nlm of every channel, times √(π √(8/(2l+1))); f64. A row for each l and m, of l those of m = 0, cos φ, sin φ, cos 2φ, sin 2φ …; in
 * a row nPadded numbers of the first channel, an even number of which nMax count, then of the next.
 */
let coefficients: usize = 0;
let end: usize = 0;
let rowBytes: usize = 0;

export function configureCoefficients(): void {
  rowBytes = 8 * <usize>(nChannels * nPadded);
  const bytes = rowBytes * <usize>((lMax + 1) * (lMax + 1));
  coefficients = reserve(bytes);
  end = coefficients + bytes;
  clearCoefficients();
}

export function clearCoefficients(): void {
  memory.fill(coefficients, 0, end - coefficients);
}

export function scaleCoefficients(factor: f64): void {
  for (let at = coefficients; at < end; at += 8) store<f64>(at, load<f64>(at) * factor);
}

export function scaleChannel(channel: i32, factor: f64): void {
  for (let row = coefficients + 8 * <usize>(channel * nPadded); row < end; row += rowBytes) {
    for (let n = 0; n < nPadded; n++) {
      const at = row + 8 * <usize>n;
      store<f64>(at, load<f64>(at) * factor);
    }
  }
}

/** The row of m = 0. */
@inline
export function coefficientRow(l: i32): usize {
  return coefficients + rowBytes * <usize>(l * l);
}

@inline
export function coefficientRowBytes(): usize {
  return rowBytes;
}

/** Writes the sum of all channels but the last to the last. */
export function sumChannels(): void {
  const total = <usize>((nChannels - 1) * nPadded) * 8;
  for (let row = coefficients; row < end; row += rowBytes) {
    for (let n = 0; n < nPadded; n++) {
      let sum: f64 = 0;
      for (let channel = 0; channel < nChannels - 1; channel++) sum += load<f64>(row + 8 * <usize>(channel * nPadded + n));
      store<f64>(row + total + 8 * <usize>n, sum);
    }
  }
}

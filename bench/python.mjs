/**
 * `soapstream.SOAP(...).create` of the Python package beside DScribe 2.1.2: small molecules of ase, in one run, pipe included.
 *
 *     npm run build && node bench/python.mjs [--python interpreter] [--rounds 5]
 *
 * With --python nothing is installed. Both classes get the same systems in turn; rows are compared. Times are medians of the rounds; CPU is
 * that of Python and of all its processes, as far as they have ended or can be read.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { makeEnvironment } from './support/python.mjs';

const { values } = parseArgs({
  options: { python: { type: 'string' }, rounds: { type: 'string', default: '5' } },
});
const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));

const folder = mkdtempSync(join(tmpdir(), 'soapstream-python-'));
try {
  const python = values.python ?? makeEnvironment(folder, 'dscribe==2.1.2', 'pyarrow', 'ase');
  const env = {
    ...process.env,
    PYTHONPATH: [path('../python/src/'), process.env.PYTHONPATH].filter(Boolean).join(delimiter),
    PYTHONDONTWRITEBYTECODE: '1',
    SOAPSTREAM_NODE: process.execPath,
    SOAPSTREAM_CLI: path('../dist/cli.js'),
    OMP_NUM_THREADS: '1',
    OPENBLAS_NUM_THREADS: '1',
  };
  const { status } = spawnSync(python, [path('support/python.py'), values.rounds], { stdio: 'inherit', env });
  process.exitCode = status ?? 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

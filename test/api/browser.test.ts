import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { from, lastValueFrom } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordBatch } from '#dist/arrow/columns.js';
import { encodeBatches } from '#dist/arrow/ipc.js';
import {
  classifyStep,
  fitClassify,
  fitRobustRescale,
  robustRescale,
  robustRescaleStep,
  soap,
} from '#dist/api/operators.js';
import type { ArtifactFiles } from '#dist/operators/definition.js';
import { cloudBatch } from '../support/batches.js';
import { type Bundle, bundlePage } from '../support/bundle.js';

const JOB = join(import.meta.dirname, 'pageJob.mjs');
/** Without what only Node has, apart from the way in and out. */
const RUNNER = `import { readFileSync } from 'node:fs';
const { stdout, argv, exit } = process;
const input = JSON.parse(readFileSync(argv[2], 'utf8'));
delete globalThis.process;
delete globalThis.Buffer;
await import(argv[3]);
stdout.write(JSON.stringify(await globalThis.pageJob(input)));`;

const options = { rCut: 5, nMax: 2, lMax: 2, sigma: 1 };
const steps = [
  { operator: 'soap', options },
  { operator: 'robustRescale', artifact: 'scaler' },
  { operator: 'classify', artifact: 'model' },
  { operator: 'select', options: { columns: ['image', 'label', 'predicted', 'probabilities'] } },
];

let folder = '';
let bundle: Bundle;
let input: object;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'soapstream-page-'));
  bundle = await bundlePage(`import { pageJob } from ${JSON.stringify(JOB)};\nglobalThis.pageJob = pageJob;`);
  const clouds = [cloudBatch([5, 3, 7, 4], 1), cloudBatch([6, 2, 8], 2)];
  const rows = from(clouds).pipe(soap(options));
  const scaler = await lastValueFrom(rows.pipe(fitRobustRescale()));
  const model = await lastValueFrom(rows.pipe(robustRescale(scaler), fitClassify({ layers: [8], epochs: 2 })));
  input = {
    steps,
    options,
    bytes: [
      ...encodeBatches(clouds.map((batch) => recordBatch(clouds[0]!.schema, batch.numRows, batch.data.children))),
    ],
    artifacts: {
      scaler: { description: scaler.artifact, files: plain(await robustRescaleStep.save(scaler.model)) },
      model: { description: model.artifact, files: plain(await classifyStep.save(model.model)) },
    },
  };
}, 120_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

const plain = (files: ArtifactFiles): [string, number[]][] => [...files].map(([name, bytes]) => [name, [...bytes]]);

describe('operators, segments, flow and Arrow, bundled for a browser', () => {
  it('ask for nothing of Node, without a warning', () => {
    expect(bundle.warnings).toEqual([]);
    expect(bundle.code).not.toMatch(/["'`]node:|\brequire\(/);
  });

  it('give the rows and metrics of Node, byte by byte', async () => {
    const { pageJob } = (await import(JOB)) as { pageJob: (given: object) => Promise<Record<string, unknown>> };
    const inNode = await pageJob(input);
    await writeFile(join(folder, 'input.json'), JSON.stringify(input));
    await writeFile(join(folder, 'page.mjs'), bundle.code);
    await writeFile(join(folder, 'runner.mjs'), RUNNER);
    // Browsers know the fused instructions. In Node 20 a flag allows them, which the package sets through `process`.
    const flags = process.versions.node.startsWith('20.') ? ['--experimental-wasm-relaxed-simd'] : [];
    const args = [...flags, join(folder, 'runner.mjs'), join(folder, 'input.json'), join(folder, 'page.mjs')];
    const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 2 ** 26 });
    const { fit, ...onPage } = JSON.parse(stdout) as Record<string, unknown>;
    const { fit: _fit, ...expected } = inNode;
    expect(onPage).toEqual(JSON.parse(JSON.stringify(expected)));
    expect(fit).toBe(
      'badOption: classify: fit: expected Node, Deno or Bun to train the classifier in, which a browser is not',
    );
  });
});

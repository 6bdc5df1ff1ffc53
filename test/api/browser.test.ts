import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pageJobInput } from '../../scripts/support/pageJobInput.mjs';
import { type Bundle, bundlePage } from '../support/bundle.js';

const JOB = join(import.meta.dirname, '../../scripts/support/pageJob.mjs');
/** Without what only Node has, apart from the way in and out. */
const RUNNER = `import { readFileSync } from 'node:fs';
const { stdout, argv, exit } = process;
const input = JSON.parse(readFileSync(argv[2], 'utf8'));
for (const name of ['process', 'Buffer', 'setImmediate']) delete globalThis[name];
await import(argv[3]);
stdout.write(JSON.stringify(await globalThis.pageJob(input)));`;

let folder = '';
let bundle: Bundle;
let input: object;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'soapstream-page-'));
  bundle = await bundlePage(`import { pageJob } from ${JSON.stringify(JOB)};\nglobalThis.pageJob = pageJob;`);
  input = await pageJobInput();
}, 120_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

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

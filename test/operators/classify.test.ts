import { from, lastValueFrom, toArray } from 'rxjs';
import { Field, Int32, type RecordBatch } from 'apache-arrow';
import { describe, expect, it, vi } from 'vitest';
import { column, fixedSizeListColumn, flatValues, numberColumn } from '#dist/arrow/columns.js';
import { encodeBatches } from '#dist/arrow/ipc.js';
import { featureField, labelField, type MetricRow, type Precision } from '#dist/arrow/schemas.js';
import { typeName } from '#dist/arrow/typeName.js';
import { classify, classifyStep, fitClassify, type FittedClassifier } from '#dist/operators/classify.js';
import {
  columnOf,
  descriptorBatch,
  descriptorMetadata,
  randomNumbers,
  split,
  withColumn,
  withNulls,
  withoutColumn,
} from '../support/batches.js';
import { fitContract, operatorContract } from '../support/operatorContract.js';
import { plainRows } from '../support/plainRows.js';

const classCount = 3;

/** Descriptors of three classes, around three corners of a cube of side 2 with a spread of 1: a plane parts each from the rest. */
function separable(
  rows: number,
  { seed = 1, precision = 'float32' }: { seed?: number; precision?: Precision } = {},
): RecordBatch {
  const random = randomNumbers(seed);
  const labels = Uint8Array.from({ length: rows }, (_, row) => row % classCount);
  const values = Float64Array.from({ length: 4 * rows }, (_, at) => {
    const corner = labels[Math.floor(at / 4)] === at % 4 ? 1 : -1;
    return corner + random() - 0.5;
  });
  const field = featureField('soap', precision, 4, new Map(Object.entries(descriptorMetadata)));
  const features = fixedSizeListColumn(field.type, precision === 'float32' ? Float32Array.from(values) : values);
  const labelled = withColumn(descriptorBatch([rows]), labelField, numberColumn(labelField.type, labels));
  return withColumn(labelled, field, features);
}

const training = separable(120);
const other = separable(60, { seed: 2 });
const quick = { layers: [8], epochs: 8, batchSize: 8, learningRate: 0.03, classCount };

type Hooks = Parameters<typeof fitClassify>[1];

const fit = (
  batches: readonly RecordBatch[],
  options: Parameters<typeof fitClassify>[0] = quick,
  hooks?: Hooks,
): Promise<FittedClassifier> => lastValueFrom(from(batches).pipe(fitClassify(options, hooks)));
const apply = (fitted: FittedClassifier, batches: readonly RecordBatch[], hooks?: Hooks): Promise<RecordBatch[]> =>
  lastValueFrom(from(batches).pipe(classify(fitted, hooks), toArray()));

const metrics: MetricRow[] = [];
const progress: string[] = [];
const fitted = await fit(split(training, 50), quick, {
  emitMetric: (metric) => metrics.push(metric),
  reportProgress: (done, total, unit) => progress.push(`${done}/${total} ${unit}`),
});

fitContract({
  name: 'classify',
  create: () => fitClassify({ ...quick, epochs: 1 }),
  save: (model) => classifyStep.save(model),
  input: separable(12),
  reads: { soap: 'fixed_size_list<float32 or float64, any length>', label: 'uint8' },
  badOptions: [
    [
      'classify.layers: expected a list of at least 1 item (integers >= 1), got an empty list',
      () => fitClassify({ layers: [] }),
    ],
    ['classify.layers[1]: expected an integer >= 1, got 0', () => fitClassify({ layers: [1, 0] })],
    ['classify.dropout: expected a number >= 0 and < 1, got 1', () => fitClassify({ dropout: 1 })],
    ['classify.classCount: expected an integer from 2 to 256, got 1', () => fitClassify({ classCount: 1 })],
    ['classify.epochs: expected an integer from 1 to 100000, got 100001', () => fitClassify({ epochs: 100_001 })],
    [
      'classify.patience: has no meaning with validationSplit 0, got 3',
      () => fitClassify({ patience: 3, validationSplit: 0 }),
    ],
  ],
});

operatorContract({
  independent: true,
  keepsNothing: true,
  name: 'classify',
  create: () => classify(fitted),
  input: other,
  reads: { soap: 'fixed_size_list<float32 or float64, 4>' },
  badOptions: [],
});

describe('the fit of classify', () => {
  it('tells loss and accuracy of each epoch, and how far it has come', () => {
    expect(metrics.slice(0, -1).map(({ epoch, metric }) => `${epoch} ${metric}`)).toEqual(
      Array.from({ length: quick.epochs }, (_, i) =>
        ['loss', 'validationLoss', 'validationAccuracy'].map((metric) => `${i + 1} ${metric}`),
      ).flat(),
    );
    const accuracies = metrics.filter(({ metric }) => metric === 'validationAccuracy').map(({ value }) => value);
    expect(Math.max(...accuracies)).toBe(1);
    expect(metrics.at(-1)).toEqual({ metric: 'bestEpoch', value: accuracies.indexOf(1) + 1 });
    // 96 of 120 rows train, in 12 steps of 8. How many of them are told depends on the time they take.
    const total = 12 * quick.epochs;
    const told = progress.map((line) => Number(line.slice(0, line.indexOf('/'))));
    expect(progress).toEqual(told.map((steps) => `${steps}/${total} steps`));
    expect(told).toEqual([...new Set(told)].toSorted((a, b) => a - b));
    expect(told.at(-1)).toBe(total);
  });

  it('has no validation metrics without validation rows', async () => {
    const seen: MetricRow[] = [];
    await fit([training], { ...quick, epochs: 2, validationSplit: 0 }, { emitMetric: (metric) => seen.push(metric) });
    expect(seen.map(({ epoch, metric }) => `${epoch} ${metric}`)).toEqual(['1 loss', '2 loss']);
  });

  it('describes what it was fitted on', () => {
    expect(fitted.artifact).toEqual({
      operator: 'classify',
      features: 'soap',
      length: 4,
      metadata: descriptorMetadata,
      classCount,
    });
  });

  it('trains on float64 features rounded to float32', async () => {
    const exact = await fit([separable(12, { precision: 'float64' })], { ...quick, epochs: 1 });
    const rounded = await fit([separable(12)], { ...quick, epochs: 1 });
    expect(await classifyStep.save(exact.model)).toEqual(await classifyStep.save(rounded.model));
  });

  it('gives another network for another seed', async () => {
    const networks = await Promise.all([1, 2].map((seed) => fit([separable(12)], { ...quick, epochs: 1, seed })));
    const [first, second] = await Promise.all(networks.map(({ model }) => classifyStep.save(model)));
    expect(first!.get('weights.bin')).not.toEqual(second!.get('weights.bin'));
  });

  it('names the row of a label that is not below classCount', async () => {
    await expect(fit([training], { ...quick, classCount: 2 })).rejects.toMatchObject({
      name: 'PipelineError',
      code: 'badData',
      message: 'classify, row 2: labels: expected 0 to 1, got 2',
    });
  });

  it('takes as many rows as maxBytes allows', async () => {
    const bytes = 12 * 4 * 4;
    await fit(split(separable(12), 5), { ...quick, epochs: 1, maxBytes: bytes });
    await expect(fit(split(separable(12), 5), { ...quick, maxBytes: bytes - 1 })).rejects.toMatchObject({
      code: 'badData',
      message: `classify, batch 2: maxBytes: the rows to train on need more than ${bytes - 1} bytes: put reservoirSample before`,
    });
  });

  it('stops with the reason of the signal', async () => {
    const abort = new AbortController();
    const reason = new Error('enough');
    const seen: MetricRow[] = [];
    const emitMetric = (metric: MetricRow): void => {
      seen.push(metric);
      abort.abort(reason);
    };
    await expect(fit([training], quick, { signal: abort.signal, emitMetric })).rejects.toBe(reason);
    expect(new Set(seen.map(({ epoch }) => epoch))).toEqual(new Set([1]));
  });
});

describe('classify', () => {
  it('finds the classes of a separable problem', async () => {
    const rows = plainRows(await apply(fitted, split(other, 7)));
    expect(rows.map(({ predicted }) => predicted)).toEqual(rows.map(({ label }) => label));
  });

  it('adds the most probable class and the probabilities, which sum to 1', async () => {
    const [batch] = await apply(fitted, [other]);
    expect(batch!.schema.fields.slice(-2).map(({ name, type }) => `${name}: ${typeName(type)}`)).toEqual([
      'predicted: uint8',
      'probabilities: fixed_size_list<float32, 3>',
    ]);
    const expected = fitted.model.predict(flatValues(column(other, 'soap')) as Float32Array);
    expect(flatValues(column(batch!, 'probabilities'))).toEqual(expected);
    for (const { predicted, probabilities } of plainRows([batch!])) {
      const values = probabilities as number[];
      expect(predicted).toBe(values.indexOf(Math.max(...values)));
      // Three float32 roundings.
      expect(Math.abs(values.reduce((sum, value) => sum + value, 0) - 1)).toBeLessThan(3 * 2 ** -24);
    }
  });

  it('accepts float64 features, rounded to float32', async () => {
    const exact = await apply(fitted, [separable(20, { precision: 'float64' })]);
    const rounded = await apply(fitted, [separable(20)]);
    for (const name of ['predicted', 'probabilities']) {
      expect(flatValues(column(exact[0]!, name))).toEqual(flatValues(column(rounded[0]!, name)));
    }
  });

  it('measures accuracy, recall, precision, F1 and confusion at the end of a labelled stream', async () => {
    // Two rows are of other classes than they look: one 0 is labelled 1, one 2 is labelled 0.
    const labels = plainRows([other]).map(({ label }) => label as number);
    labels[0] = 1;
    labels[2] = 0;
    const seen: MetricRow[] = [];
    const relabelled = withColumn(other, labelField, numberColumn(labelField.type, Uint8Array.from(labels)));
    await apply(fitted, split(relabelled, 9), { emitMetric: (metric) => seen.push(metric) });
    const cells = [
      [19, 0, 1],
      [1, 20, 0],
      [0, 0, 19],
    ];
    const [recalls, precisions] = [
      [19 / 20, 20 / 21, 1],
      [19 / 20, 1, 19 / 20],
    ] as const;
    const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    const summary = {
      accuracy: 58 / 60,
      macroRecall: mean(recalls),
      macroPrecision: mean(precisions),
      macroF1: mean(recalls.map((recall, i) => (2 * recall * precisions[i]!) / (recall + precisions[i]!))),
    };
    expect(seen.slice(0, 4).map(({ metric }) => metric)).toEqual(Object.keys(summary));
    // Other orders of a few additions.
    for (const { metric, value } of seen.slice(0, 4))
      expect(value).toBeCloseTo(summary[metric as keyof typeof summary], 14);
    expect(seen.slice(4)).toEqual(
      cells.flatMap((row, actual) =>
        row.map((value, predicted) => ({ metric: 'confusion', actual, predicted, value })),
      ),
    );
  });

  it('measures nothing on a stream without labels, and none at all without batches', async () => {
    const seen: MetricRow[] = [];
    const hooks = { emitMetric: (metric: MetricRow): void => void seen.push(metric) };
    const unlabelled = split(withoutColumn(other, 'label'), 9);
    const rows = plainRows(await apply(fitted, unlabelled, hooks));
    expect(rows.map(({ predicted }) => predicted)).toEqual(plainRows([other]).map(({ label }) => label));
    await apply(fitted, [], hooks);
    expect(seen).toEqual([]);
  });

  it('rejects labels that are none', async () => {
    const labelled = (labels: readonly number[]): RecordBatch =>
      withColumn(other, new Field('label', new Int32(), false), columnOf(new Int32(), labels));
    const ones = Array<number>(60).fill(1);
    expect(await apply(fitted, [labelled(ones)])).toHaveLength(1); // any integers, if they are classes
    await expect(apply(fitted, [labelled(ones.with(7, -1))])).rejects.toMatchObject({
      code: 'badData',
      message: 'classify, batch 0, row 7: column label: expected uint8, found -1',
    });
    await expect(apply(fitted, [withNulls(other, 'label', 7)])).rejects.toMatchObject({
      code: 'badData',
      message: 'classify, batch 0, row 7: column label: expected uint8, found null',
    });
    const beyond = withColumn(other, labelField, numberColumn(labelField.type, new Uint8Array(60).fill(3, 40)));
    await expect(apply(fitted, split(beyond, 30))).rejects.toMatchObject({
      code: 'badData',
      message: 'classify, batch 1, row 10: actual: expected classes 0 to 2, got 3',
    });
  });

  it('refuses features that were made otherwise', async () => {
    const rescaled = descriptorBatch([2], { metadata: { ...descriptorMetadata, rescaled: 'robust' } });
    await expect(apply(fitted, [rescaled])).rejects.toMatchObject({
      code: 'badSchema',
      message:
        'classify, batch 0: column soap: classify was fitted on features with no rescaled, this stream has rescaled = robust',
    });
  });

  it('names row and column of a feature that is not finite', async () => {
    const broken = separable(10);
    flatValues(column(broken, 'soap'))[4 * 7 + 2] = Number.NaN;
    await expect(apply(fitted, split(broken, 5))).rejects.toMatchObject({
      code: 'badData',
      message: 'classify, batch 1, row 2: column 2: expected a finite number, got NaN',
    });
  });
});

describe('a stored classify', async () => {
  const files = await classifyStep.save(fitted.model);

  it('predicts the same bytes as the one that was fitted', async () => {
    const model = await classifyStep.load(files, fitted.artifact);
    const again = await apply({ artifact: fitted.artifact, model }, split(other, 9));
    expect(encodeBatches(again)).toEqual(encodeBatches(await apply(fitted, split(other, 9))));
    expect(await classifyStep.save(model)).toEqual(files);
  });

  it('refuses a network of another shape', async () => {
    const message = 'model.json: expected a network of 5 features and 3 classes, found 4 features and 3 classes';
    await expect(classifyStep.load(files, { ...fitted.artifact, length: 5 })).rejects.toMatchObject({
      code: 'badData',
      message,
    });
    await expect(classifyStep.load(files, { ...fitted.artifact, classCount: 4 })).rejects.toMatchObject({
      code: 'badData',
      message: 'model.json: expected a network of 4 features and 4 classes, found 4 features and 3 classes',
    });
  });
});

describe('fitClassify', () => {
  it('stops training when nobody waits for it any more', async () => {
    let epochs = 0;
    const options = { ...quick, epochs: 10_000 };
    const subscription = from([training])
      .pipe(fitClassify(options, { emitMetric: ({ metric }) => (epochs += metric === 'loss' ? 1 : 0) }))
      .subscribe();
    await vi.waitUntil(() => epochs > 0, { timeout: 20_000 });
    subscription.unsubscribe();
    await new Promise((resolve) => setTimeout(resolve, 20));
    const after = epochs;
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(epochs).toBe(after);
  });
});

import { type RecordBatch } from 'apache-arrow';
import { from, lastValueFrom, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { column, fixedSizeListColumn, flatValues, numberColumn } from '#dist/arrow/columns.js';
import { changeFields, withColumns } from '#dist/arrow/fields.js';
import { labelField, type MetricRow, predictedField, probabilitiesField } from '#dist/arrow/schemas.js';
import { typeName } from '#dist/arrow/typeName.js';
import { ConfusionMatrix, metricsOf } from '#dist/learning/metrics.js';
import { classifyImages } from '#dist/operators/classifyImages.js';
import { descriptorBatch, randomNumbers, split, withColumn, withoutColumn } from '../support/batches.js';
import { operatorContract } from '../support/operatorContract.js';
import { plainRows } from '../support/plainRows.js';

const classCount = 10;

/** What `classify` gives for images with so many rows each: the label is likelier than any other class, by chance. */
function predictions(rowCounts: readonly number[], seed = 1): RecordBatch {
  const rows = descriptorBatch(rowCounts);
  const random = randomNumbers(seed);
  const labels = flatValues(column(rows, 'label')) as Uint8Array;
  const probabilities = new Float32Array(labels.length * classCount);
  for (const [row, label] of labels.entries()) {
    const weights = Array.from({ length: classCount }, (_, c) => random() + (c === label ? 0.3 : 0));
    const sum = weights.reduce((total, weight) => total + weight, 0);
    probabilities.set(
      weights.map((weight) => weight / sum),
      row * classCount,
    );
  }
  const field = probabilitiesField(classCount);
  return withColumns(rows, changeFields(rows.schema, { add: [predictedField, field] }), {
    predicted: numberColumn(predictedField.type, new Uint8Array(labels.length)),
    probabilities: fixedSizeListColumn(field.type, probabilities),
  });
}

const pixels = predictions([3, 2, 4, 1]);

operatorContract({
  name: 'classifyImages',
  create: () => classifyImages({ batchRows: 1 }),
  input: pixels,
  reads: { image: 'uint32', probabilities: 'fixed_size_list<float32, 2 to 256 classes>' },
  carriesColumns: false,
  badOptions: [
    [
      'classifyImages.method: expected meanLogProbability or majority, got "vote"',
      () => classifyImages({ method: 'vote' as 'majority' }),
    ],
    ['classifyImages.batchRows: expected an integer from 1 to 65536, got 0', () => classifyImages({ batchRows: 0 })],
  ],
});

type Options = Parameters<typeof classifyImages>[0];

async function run(
  batches: readonly RecordBatch[],
  options?: Options,
): Promise<{ output: RecordBatch[]; metrics: MetricRow[] }> {
  const metrics: MetricRow[] = [];
  const operator = classifyImages(options, { emitMetric: (metric) => metrics.push(metric) });
  return { output: await lastValueFrom(from(batches).pipe(operator, toArray())), metrics };
}

describe('classifyImages', () => {
  const many = predictions(Array.from({ length: 50 }, (_, image) => 1 + (image % 40)));
  const rowsOf = (image: number): number[][] =>
    plainRows([many])
      .filter((row) => row.image === image)
      .map(({ probabilities }) => probabilities as number[]);

  it('gives the normalised geometric mean of the probabilities of all rows of an image', async () => {
    const output = plainRows((await run(split(many, 70))).output);
    expect(output).toHaveLength(50);
    for (const { image, label, nRows, predicted, probabilities } of output) {
      const rows = rowsOf(image as number);
      expect([label, nRows]).toEqual([(image as number) % 10, rows.length]);
      const means = Array.from({ length: classCount }, (_, c) =>
        rows.reduce((product, row) => product * Math.max(row[c]!, 1e-7) ** (1 / rows.length), 1),
      );
      const sum = means.reduce((total, mean) => total + mean, 0);
      expect(predicted).toBe(means.indexOf(Math.max(...means)));
      // float32: 6e-8 of a number below 1.
      for (const [c, mean] of means.entries()) {
        expect(Math.abs((probabilities as number[])[c]! - mean / sum)).toBeLessThan(1e-7);
      }
    }
  });

  it('counts votes if told to', async () => {
    for (const row of plainRows((await run([many], { method: 'majority' })).output)) {
      const votes = Array<number>(classCount).fill(0);
      const rows = rowsOf(row.image as number);
      for (const own of rows) votes[own.indexOf(Math.max(...own))]!++;
      expect(row.predicted).toBe(votes.indexOf(Math.max(...votes)));
      expect(row.probabilities).toEqual(votes.map((count) => Math.fround(count / rows.length)));
    }
  });

  it('gives these columns and no others', async () => {
    const { output } = await run([many]);
    expect(output[0]!.schema.fields.map(({ name, type }) => `${name}: ${typeName(type)}`)).toEqual([
      'image: uint32',
      'label: uint8',
      'nRows: uint32',
      'predicted: uint8',
      'probabilities: fixed_size_list<float32, 10>',
    ]);
  });

  it('tells accuracy and confusion of the images, once', async () => {
    const { output, metrics } = await run(split(many, 33), { batchRows: 7 });
    const confusion = new ConfusionMatrix(classCount);
    for (const { label, predicted } of plainRows(output)) {
      confusion.add(Uint8Array.of(label as number), Uint8Array.of(predicted as number));
    }
    const expected = metricsOf(confusion);
    expect(expected.accuracy).toBeGreaterThan(0.3);
    expect(expected.accuracy).toBeLessThan(1);
    expect(metrics.slice(0, 4)).toEqual(
      (['accuracy', 'macroRecall', 'macroPrecision', 'macroF1'] as const).map((metric) => ({
        metric,
        value: expected[metric],
      })),
    );
    expect(metrics).toHaveLength(4 + classCount ** 2);
    expect(metrics.slice(4).map(({ value }) => value)).toEqual([...confusion.counts]);
    expect(metrics.slice(4).reduce((sum, { value }) => sum + value, 0)).toBe(50);
    expect(metrics[4 + 23]).toMatchObject({ metric: 'confusion', actual: 2, predicted: 3 });
  });

  it('predicts without labels, and measures nothing then', async () => {
    const { output, metrics } = await run([withoutColumn(many, 'label')]);
    const { output: labelled } = await run([many]);
    expect(plainRows(output)).toEqual(plainRows(labelled).map(({ label: _label, ...row }) => row));
    expect(metrics).toEqual([]);
  });

  it('rejects an image that comes again', async () => {
    await expect(run([pixels, pixels])).rejects.toMatchObject({
      code: 'badData',
      message:
        'classifyImages, batch 1, row 0 (image 0): came before: expected the rows of an image to follow each other, and images of different numbers',
    });
  });

  it('rejects labels that are no class, and probabilities that are no numbers', async () => {
    const labels = numberColumn(labelField.type, new Uint8Array(pixels.numRows).fill(10));
    await expect(run([withColumn(pixels, labelField, labels)])).rejects.toMatchObject({
      code: 'badData',
      message: 'classifyImages, row 0: actual: expected classes 0 to 9, got 10',
    });
    const wrong = predictions([3, 2]);
    flatValues(column(wrong, 'probabilities'))[35] = NaN;
    for (const method of ['meanLogProbability', 'majority'] as const) {
      await expect(run([wrong], { method })).rejects.toMatchObject({
        code: 'badData',
        message: expect.stringMatching(/probabilities: expected finite numbers, got others for class 5$/) as string,
      });
    }
  });

  it('takes classes up to as many as a predicted class can name', async () => {
    const wide = probabilitiesField(257);
    const data = fixedSizeListColumn(wide.type, new Float32Array(257 * pixels.numRows));
    await expect(run([withColumn(pixels, wide, data)])).rejects.toMatchObject({
      code: 'badSchema',
      message:
        'classifyImages, batch 0: column probabilities: expected fixed_size_list<float32, 2 to 256 classes>, found fixed_size_list<float32, 257>',
    });
  });
});

import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PipelineError } from '#dist/errors.js';
import { findOutputs, type Output } from '#dist/report/outputs.js';
import { type DigitReport, readDigits } from '#dist/report/readDigits.js';
import { readRunRecord } from '#dist/io/runRecord.js';
import { type PixelRow, randomNumbers, writePredictions, writeRecord } from '../support/reportFolder.mjs';
import { temporaryFolder } from '../support/smallMnist.js';

async function outputOf(pixels: readonly PixelRow[]): Promise<Output> {
  const folder = temporaryFolder();
  await writePredictions(join(folder, 'predictions.parquet'), pixels);
  writeRecord(folder, {
    name: 'test',
    outputs: [{ path: 'predictions.parquet', rows: pixels.length, bytes: 1, role: 'rows' }],
  });
  const { found } = await findOutputs(folder, await readRunRecord(join(folder, 'runs', 'test.json')));
  expect(found.map(({ holds }) => holds)).toEqual(['predictions']);
  return found[0]!;
}

async function digitsOf(pixels: readonly PixelRow[]): Promise<DigitReport> {
  return (await readDigits(await outputOf(pixels)))!;
}

/** Images of that many pixels with random predictions over three classes; `sure` times the label's share. */
function randomImages(count: number, pixelsEach: number, sure: (image: number) => number): PixelRow[] {
  const random = randomNumbers(5);
  return Array.from({ length: count }, (_, image) =>
    Array.from({ length: pixelsEach }, (__, i): PixelRow => {
      const label = image % 3;
      const weights = [0, 1, 2].map((c) => random() + (c === label ? sure(image) : 0));
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      return { image, label, position: [i % 28, Math.floor(i / 28), 1], probabilities: weights.map((w) => w / total) };
    }),
  ).flat();
}

/** Vote, margin and counts of each image, straight from the rows. */
function plainVotes(pixels: readonly PixelRow[]) {
  const images = [...new Set(pixels.map(({ image }) => image))];
  return images.map((image) => {
    const own = pixels.filter((pixel) => pixel.image === image);
    const means = [0, 1, 2].map(
      (c) => own.reduce((sum, { probabilities }) => sum + Math.log(Math.fround(probabilities[c]!)), 0) / own.length,
    );
    const [best, next] = means.toSorted((a, b) => b - a) as [number, number];
    const predicted = own.map(({ probabilities }) => probabilities.indexOf(Math.max(...probabilities)));
    return {
      image,
      label: own[0]!.label!,
      vote: means.indexOf(best),
      margin: best - next,
      right: predicted.filter((c) => c === own[0]!.label).length / own.length,
    };
  });
}

describe('readDigits(output)', () => {
  it('votes for the class of the greatest mean log-probability, also where an image spans batches', async () => {
    // 60 × 300 rows: batches of 8192 end within images.
    const pixels = randomImages(60, 300, (image) => (image % 5) * 0.1);
    const report = await digitsOf(pixels);
    const expected = plainVotes(pixels);
    expect(report.images).toBe(60);
    expect(report.accuracy).toBe(expected.filter(({ label, vote }) => label === vote).length / 60);
    const ambiguous = expected.toSorted((a, b) => a.margin - b.margin).slice(0, 10);
    expect(report.ambiguous.map(({ image }) => image)).toEqual(ambiguous.map(({ image }) => image));
    expect(report.ambiguous.map(({ vote }) => vote)).toEqual(ambiguous.map(({ vote }) => vote));
    // The same sums of 300 logarithms, in another order.
    for (const [i, { margin }] of report.ambiguous.entries())
      expect(Math.abs(margin - ambiguous[i]!.margin)).toBeLessThan(1e-12);
  });

  it('finds for each class the image with the most pixels right', async () => {
    const pixels = randomImages(30, 60, (image) => image / 30);
    const report = await digitsOf(pixels);
    const expected = plainVotes(pixels);
    for (const digit of report.easiest) {
      const ofClass = expected.filter(({ label }) => label === digit.label);
      const own = ofClass.find(({ image }) => image === digit.image)!;
      expect(own.right).toBe(Math.max(...ofClass.map(({ right }) => right)));
    }
    expect(report.easiest.map(({ label }) => label)).toEqual([0, 1, 2]);
    expect(report.all).toBeUndefined();
  });

  it('shows few images whole', async () => {
    const report = await digitsOf(randomImages(12, 25, () => 1));
    expect(report.all?.map(({ image }) => image)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect(report.all![3]!.predicted).toHaveLength(25);
    expect(report.all![3]!.votes.reduce((sum, count) => sum + count)).toBe(25);
  });

  it('orders images by how much their pixels disagree', async () => {
    const image = (index: number, classes: readonly number[]): PixelRow[] =>
      Array.from({ length: 24 }, (_, i) => ({
        image: index,
        label: 0,
        position: [i, 0, 1] as const,
        probabilities: [0, 1, 2].map((c) => (c === classes[i % classes.length] ? 0.8 : 0.1)),
      }));
    const report = await digitsOf([image(0, [0]), image(1, [0, 1, 2]), image(2, [0, 1])].flat());
    expect(report.disagreeing.map((digit) => [digit.image, digit.disagreement])).toEqual([
      [1, expect.closeTo(Math.log2(3), 12)],
      [2, expect.closeTo(1, 12)],
      [0, 0],
    ]);
  });

  it('knows no accuracy without labels', async () => {
    const unlabelled = randomImages(15, 30, () => 1).map(({ image, position, probabilities }) => ({
      image,
      position,
      probabilities,
    }));
    const report = await digitsOf(unlabelled);
    expect(report.accuracy).toBeUndefined();
    expect(report.easiest.map(({ vote }) => vote)).toEqual([0, 1, 2]);
  });

  it('gives nothing for predictions of single pixels, or where an image comes a second time', async () => {
    expect(await readDigits(await outputOf(randomImages(200, 2, () => 1)))).toBeUndefined();
    const pixels = randomImages(3, 30, () => 1);
    expect(await readDigits(await outputOf([...pixels, ...pixels.slice(0, 30)]))).toBeUndefined();
  });

  it('rejects when the file has gone since', async () => {
    const output = await outputOf(randomImages(2, 30, () => 1));
    await expect(readDigits({ ...output, file: `${output.file}x` })).rejects.toThrow(
      new PipelineError('missingInput', `${output.file}x: no such file`),
    );
  });
});

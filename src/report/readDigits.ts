import { column, flatValues } from '../arrow/columns.js';
import { exactly, featureVector } from '../arrow/expectations.js';
import { imageField, labelField, positionField, predictedField, probabilitiesField } from '../arrow/schemas.js';
import { PipelineError } from '../errors.js';
import { BestOf } from './bestOf.js';
import { CLASS_COLORS } from './colors.js';
import { type Digit, DigitBuilder } from './digit.js';
import { listSize, type Output, readOutput } from './outputs.js';

/** An output with no more images than this is shown whole. */
export const FEW_IMAGES = 12;
/** Fewer pixels do not make a digit: of sampled centres one or two fall on an image. */
export const FEWEST_PIXELS = 20;
/** Descriptors are read from outputs of no more rows: enough for a few images. */
const FEW_ROWS = 5000;
const DESCRIPTORS = 'soap';
/** How many of a kind are shown. */
const SHOWN = { ambiguous: 10, disagreeing: 6 };

/** What the predictions of an output say of whole images. */
export interface DigitReport {
  readonly from: Output;
  readonly images: number;
  readonly classes: number;
  /** Images of enough pixels, the only ones that are voted on and shown. */
  readonly voted: number;
  /** Of these the share whose vote is their label; undefined without labels. */
  readonly accuracy: number | undefined;
  /** All images if they are few, else undefined. */
  readonly all: readonly Digit[] | undefined;
  /** For each class the easiest: all pixels right where there is such an image, and the surest of them. */
  readonly easiest: readonly Digit[];
  /** Smallest margin of the vote first. */
  readonly ambiguous: readonly Digit[];
  /** Those whose pixels disagree most first. */
  readonly disagreeing: readonly Digit[];
}

/**
 * Reads predictions image by image; memory holds the image at hand and those that will be shown.
 *
 * @returns undefined where there is nothing to show: pixels of an image are not consecutive, too few, or of more classes than colours
 * @throws PipelineError `badData` naming the file
 */
export async function readDigits(output: Output): Promise<DigitReport | undefined> {
  const classes = listSize(output, 'probabilities');
  if (classes > CLASS_COLORS) return undefined;
  const selection = new DigitSelection(output, classes);
  for await (const builder of imagesOf(output, classes)) {
    if (!builder || !selection.add(builder)) return undefined;
  }
  return selection.report();
}

/** The images in the order of the file; undefined when one comes a second time. */
async function* imagesOf(output: Output, classes: number): AsyncGenerator<DigitBuilder | undefined> {
  const labelled = output.columns.some(({ name, type }) => name === labelField.name && type === 'uint8');
  const columns = [
    imageField,
    positionField,
    predictedField,
    probabilitiesField(classes),
    ...(labelled ? [labelField] : []),
  ].map(exactly);
  const width =
    output.rows <= FEW_ROWS && output.columns.some(({ name }) => name === DESCRIPTORS)
      ? listSize(output, DESCRIPTORS)
      : 0;
  const seen = new Set<number>();
  let current: DigitBuilder | undefined;
  for await (const batch of readOutput(output, width > 0 ? [...columns, featureVector(DESCRIPTORS)] : columns)) {
    const [images, positions, predicted, probabilities] = columns.map(
      ({ name }) => flatValues(column(batch, name)) as Float64Array,
    ) as [Float64Array, Float64Array, Float64Array, Float64Array];
    const labels = labelled ? flatValues(column(batch, labelField.name)) : undefined;
    const descriptors = width > 0 ? (flatValues(column(batch, DESCRIPTORS)) as Float64Array) : undefined;
    for (let row = 0; row < batch.numRows; row++) {
      const image = images[row]!;
      if (image !== current?.image) {
        if (current) yield current;
        if (seen.has(image)) return yield undefined;
        seen.add(image);
        current = new DigitBuilder(image, labels && Number(labels[row]), classes);
      }
      const choice = predicted[row]!;
      if (choice >= classes) {
        throw new PipelineError(
          'badData',
          `${output.file}: column predicted: expected a class below ${classes}, found ${choice}`,
        );
      }
      current.add(
        positions.subarray(row * 3, row * 3 + 3),
        choice,
        probabilities.subarray(row * classes, (row + 1) * classes),
      );
      if (descriptors) current.addDescriptor(descriptors.subarray(row * width, (row + 1) * width));
    }
  }
  if (current) yield current;
}

class DigitSelection {
  readonly #output: Output;
  readonly #classes: number;
  readonly #first: Digit[] = [];
  readonly #easiest: readonly BestOf<Digit>[];
  readonly #ambiguous = new BestOf<Digit>(SHOWN.ambiguous, ({ margin }) => -margin);
  readonly #disagreeing = new BestOf<Digit>(SHOWN.disagreeing, ({ disagreement }) => disagreement);
  #images = 0;
  #voted = 0;
  #labelled = 0;
  #right = 0;

  constructor(output: Output, classes: number) {
    this.#output = output;
    this.#classes = classes;
    this.#easiest = Array.from({ length: classes }, () => new BestOf<Digit>(1, easiness));
  }

  /** @returns false once the images cannot be whole: most have hardly a pixel */
  add(builder: DigitBuilder): boolean {
    this.#images++;
    if (builder.pixels < FEWEST_PIXELS) return this.#images < FEW_IMAGES || this.#voted * 2 >= this.#images;
    const digit = builder.build();
    this.#voted++;
    if (this.#first.length <= FEW_IMAGES) this.#first.push(digit);
    if (digit.label !== undefined) {
      this.#labelled++;
      if (digit.label === digit.vote) this.#right++;
    }
    this.#easiest[digit.label ?? digit.vote]?.offer(digit);
    this.#ambiguous.offer(digit);
    this.#disagreeing.offer(digit);
    return true;
  }

  report(): DigitReport | undefined {
    if (this.#voted === 0) return undefined;
    return {
      from: this.#output,
      images: this.#images,
      classes: this.#classes,
      voted: this.#voted,
      accuracy: this.#labelled === 0 ? undefined : this.#right / this.#labelled,
      all: this.#images <= FEW_IMAGES ? this.#first : undefined,
      easiest: this.#easiest.flatMap(({ items }) => items),
      ambiguous: this.#ambiguous.items,
      disagreeing: this.#disagreeing.items,
    };
  }
}

/** First the share of pixels that have the class, then how sure they are of it. */
function easiness({ label, vote, votes, meanLog, predicted }: Digit): number {
  const target = label ?? vote;
  // Mean log-probabilities lie above −17, and the shares of two images of up to 1,000 pixels differ by 1e-6 if they do: shares decide first.
  return (votes[target]! / predicted.length) * 1e8 + meanLog[target]!;
}

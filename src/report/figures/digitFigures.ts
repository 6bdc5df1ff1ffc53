import { formatCount } from '../../format.js';
import { classColor } from '../colors.js';
import { descriptorDifference } from '../descriptorDifference.js';
import type { Digit } from '../digit.js';
import { type Figure, legend, type Panel, panels, sourceOf, swatch } from '../figure.js';
import { type Markup, markup } from '../markup.js';
import { formatScore } from '../numbers.js';
import type { DigitReport } from '../readDigits.js';
import { drawCloud, HEIGHT_SCALE } from './cloudDrawing.js';
import { drawDigit, extentOf } from './digitDrawing.js';

/** Digits of another output that show the same image, e.g. turned. */
export interface Companion {
  readonly pipeline: string;
  readonly from: DigitReport['from'];
  readonly digits: readonly Digit[];
}

/** Digits with the predictions of their pixels (figures 11 to 14 of the paper). */
export function digitFigures(report: DigitReport, companions: readonly Companion[]): Figure[] {
  if (report.all) return [fewDigits(report, report.all, companions)];
  const figures = [
    digits(
      report,
      report.easiest,
      markup`<b>The easiest image of each class</b>: those with the greatest share of pixels predicted right and, of these, the greatest mean log-probability of their label.`,
    ),
    digits(
      report,
      report.ambiguous,
      markup`<b>Ambiguous images</b>: the vote leads the next class by the least, in mean log-probability over the pixels.`,
    ),
    digits(
      report,
      report.disagreeing,
      markup`<b>Images whose pixels disagree most</b>, by the entropy of the classes predicted for them.`,
    ),
  ];
  const labelled = report.disagreeing.filter(({ label }) => label !== undefined);
  if (labelled.length > 0) figures.push(clouds(report, labelled));
  return figures;
}

function digits(report: DigitReport, shown: readonly Digit[], what: Markup): Figure {
  const extent = extentOf(shown);
  const drawn = shown.map((digit): Panel => ({
    label: `image ${formatCount(digit.image)}`,
    drawing: drawDigit(digit, extent),
  }));
  return {
    kind: 'figure',
    body: body(report, drawn),
    caption: markup`${what} ${HOW} ${accuracyOf(report)}${sourceOf(report.from)}`,
  };
}

function fewDigits(report: DigitReport, shown: readonly Digit[], companions: readonly Companion[]): Figure {
  const images = new Set(shown.map(({ image }) => image));
  const others = companions
    .map((companion) => ({ ...companion, digits: companion.digits.filter(({ image }) => images.has(image)) }))
    .filter((companion) => companion.digits.length > 0);
  const extent = extentOf([...shown, ...others.flatMap((other) => other.digits)]);
  const panelOf = (digit: Digit, of?: string): Panel => ({
    label: of === undefined ? `image ${formatCount(digit.image)}` : `${of}, ${formatCount(digit.image)}`,
    drawing: drawDigit(digit, extent),
  });
  const same = others.map(
    (other) =>
      markup`Beside ${other.digits.length > 1 ? 'them the same images' : 'it the same image'} of <code>${other.pipeline}</code>, from <code>${other.from.path}</code>. ${differenceOf(shown, other.digits)}`,
  );
  return {
    kind: 'figure',
    body: body(report, [
      ...shown.map((digit) => panelOf(digit)),
      ...others.flatMap((other) => other.digits.map((digit) => panelOf(digit, other.pipeline))),
    ]),
    caption: markup`<b>${shown.length === 1 ? 'The image' : `All ${shown.length} images`}</b> with the class predicted for every pixel. ${HOW} ${same}${sourceOf(report.from)}`,
  };
}

/** What the same images have in common, where their descriptors are there. */
function differenceOf(shown: readonly Digit[], others: readonly Digit[]): Markup | undefined {
  const differences = others.flatMap((other) => {
    const same = shown.find(({ image }) => image === other.image);
    return (same && descriptorDifference(same, other)) ?? [];
  });
  if (differences.length === 0) return undefined;
  const greatest = Math.max(...differences);
  return greatest === 0
    ? markup`Each pixel has a counterpart there with the very same descriptor. `
    : markup`Each pixel has a counterpart there whose descriptor differs by ${greatest.toExponential(1)} of the greatest component at most. `;
}

function clouds(report: DigitReport, shown: readonly Digit[]): Figure {
  const extent = extentOf(shown);
  const wrongSwatch = swatch([markup`<path class="wrongPoint" d="M8 3L12 11H4z"/>`], 16);
  const rightSwatch = swatch([markup`<circle class="rightPoint" cx="8" cy="7" r="3.2"/>`], 16);
  return {
    kind: 'figure',
    body: markup`${legend([
      { swatch: rightSwatch, label: 'pixel predicted right' },
      { swatch: wrongSwatch, label: 'pixel predicted wrong' },
    ])}${panels(
      shown.map((digit) => ({
        label: `image ${formatCount(digit.image)}, a ${digit.label}`,
        drawing: drawCloud(digit, extent),
      })),
      'three',
    )}`,
    caption: markup`<b>The same images as point clouds</b>, in isometric projection: x is the column, y the row, z a tenth of the intensity, drawn at ${HEIGHT_SCALE} of the scale of the others; stems lead down to z = 0. ${sourceOf(report.from)}`,
  };
}

const HOW = markup`A square a pixel, in the colour of its most probable class, the smaller the less probable. The vote is the class of the greatest mean log-probability over the pixels; bars are the shares of the pixels’ own classes.`;

function body({ classes }: DigitReport, drawn: readonly Panel[]): Markup {
  const entries = Array.from({ length: classes }, (_, c) => ({
    swatch: swatch([markup`<rect x="1" y="1" width="12" height="12" rx="2" fill="${classColor(c)}"/>`], 14),
    label: String(c),
  }));
  return markup`${legend(entries)}${panels(drawn, 'digits')}`;
}

function accuracyOf({ accuracy, voted, images }: DigitReport): Markup | undefined {
  if (accuracy === undefined) return undefined;
  const of =
    voted === images
      ? `${formatCount(images)} images`
      : `the ${formatCount(voted)} of ${formatCount(images)} images with enough pixels`;
  return markup`Of ${of} the vote is right for a share of ${formatScore(accuracy)}. `;
}

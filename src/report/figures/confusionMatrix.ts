import * as Plot from '@observablehq/plot';
import { formatCount } from '../../format.js';
import { dataTable, type Figure, panels, sourceOf } from '../figure.js';
import { type Markup, markup } from '../markup.js';
import { formatScore } from '../numbers.js';
import { CENTRED, frame, plot } from '../plot.js';
import type { StepMetrics } from '../readMetrics.js';

/** From here on the cell is so dark that its number changes colour. */
const STRONG_SHARE = 0.55;

/** The scores of table 1: metric and heading. */
export const SCORES = [
  ['accuracy', 'accuracy'],
  ['macroRecall', 'recall'],
  ['macroPrecision', 'precision'],
  ['macroF1', 'F1'],
] as const;

/** Counts of a confusion matrix as shares of their rows (figure 9 of the paper); nothing without one. */
export function confusionMatrix(metrics: StepMetrics): Figure | undefined {
  const { confusion, single, pipeline, step, from } = metrics;
  if (confusion.length === 0) return undefined;
  const totals = confusion.map((row) => row.reduce((sum, count) => sum + count, 0));
  const cells = confusion.flatMap((row, actual) =>
    row.map((count, predicted) => {
      const total = totals[actual]!;
      return { actual, predicted, count, total, share: total === 0 ? 0 : count / total };
    }),
  );
  const classes = confusion.map((_, i) => i);
  const size = 46 + classes.length * 37;
  const drawing = plot({
    title: `Confusion matrix of ${pipeline}`,
    description: describe(confusion, totals),
    ...frame(size, size, [4, 6, 42, 40]),
    padding: 0.03,
    x: { ...CENTRED, domain: classes, label: 'predicted', tickSize: 0 },
    y: { ...CENTRED, domain: classes, label: 'actual', tickSize: 0 },
    marks: [
      Plot.cell(cells, {
        x: 'predicted',
        y: 'actual',
        fill: 'var(--sequential)',
        fillOpacity: { value: 'share', scale: null },
        stroke: 'var(--rule)',
        strokeWidth: 0.5,
        title: ({ actual, predicted, count, total }: (typeof cells)[number]) =>
          `${formatCount(count)} of ${formatCount(total)} of class ${actual} predicted as ${predicted}`,
      }),
      ...[false, true].map((strong) =>
        Plot.text(
          cells.filter(({ share }) => share > STRONG_SHARE === strong),
          {
            x: 'predicted',
            y: 'actual',
            text: ({ share, total }: (typeof cells)[number]) => (total === 0 ? '–' : shareText(share)),
            fill: strong ? 'var(--onSequential)' : 'currentColor',
          },
        ),
      ),
    ],
  });
  const scores = SCORES.flatMap(([metric, heading]) => {
    const value = single.get(metric);
    return value === undefined ? [] : [`${heading} ${formatScore(value)}`];
  });
  const total = totals.reduce((sum, count) => sum + count, 0);
  return {
    kind: 'figure',
    body: panels([{ drawing }], 'one'),
    caption: markup`<b>Confusion matrix</b> of <code>${pipeline}.${step}</code>, ${formatCount(total)} rows, normalised by class: each cell is the share of the rows of an actual class that were predicted as another. ${
      scores.length > 0 ? `${capitalised(scores.join(', '))}. ` : undefined
    }${sourceOf(from)}`,
    data: counts(confusion),
  };
}

/** .68, 0 and 1: a leading zero would say the same in every cell. */
function shareText(share: number): string {
  if (share === 0) return '0';
  const text = share.toFixed(2);
  return text.startsWith('0') ? text.slice(1) : '1';
}

function describe(confusion: StepMetrics['confusion'], totals: readonly number[]): string {
  const worst = confusion
    .flatMap((row, actual) =>
      row.map((count, predicted) => ({ actual, predicted, share: count / (totals[actual]! || 1) })),
    )
    .filter(({ actual, predicted }) => actual !== predicted)
    .toSorted((a, b) => b.share - a.share)
    .slice(0, 3)
    .map(({ actual, predicted, share }) => `${actual} as ${predicted} (${share.toFixed(2)})`);
  return `Most often confused: ${worst.join(', ')}.`;
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function counts(confusion: StepMetrics['confusion']): Markup {
  return dataTable(
    ['actual', ...confusion.map((_, i) => `as ${i}`), 'all'],
    confusion.map((row, actual) => [
      String(actual),
      ...row.map(formatCount),
      formatCount(row.reduce((sum, count) => sum + count, 0)),
    ]),
    [true, ...confusion.map(() => true), true],
  );
}

import * as Plot from '@observablehq/plot';
import { formatCount } from '../../format.js';
import { type Figure, panels, sourceOf } from '../figure.js';
import { markup } from '../markup.js';
import { formatPercent } from '../numbers.js';
import { CENTRED, frame, plot } from '../plot.js';
import { encodePng, type PaletteColor } from '../png.js';
import { type CorrelationMatrix, LEVELS_PER_UNIT, STRONG, ZERO_LEVEL } from '../readCorrelation.js';

const NEGATIVE = [217, 83, 44] as const;
const POSITIVE = [44, 111, 187] as const;
const NONE: PaletteColor = [128, 128, 128, 90];

/** Orange for −1, blue for 1, and nothing for 0: the page shows through, so that zero is its background in any theme. */
const PALETTE: readonly PaletteColor[] = Array.from({ length: 256 }, (_, level): PaletteColor => {
  if (level === 0) return NONE;
  const value = (level - ZERO_LEVEL) / LEVELS_PER_UNIT;
  return [...(value < 0 ? NEGATIVE : POSITIVE), Math.round(Math.abs(value) * 255)];
});

const SIZE = 480;
const MARGIN = { left: 46, top: 8, right: 10, bottom: 40 };

/** Correlations of the components of a descriptor as a picture, a pixel a pair (figure 17 of the paper). */
export function correlationFigure(matrix: CorrelationMatrix): Figure {
  const { size, levels, meanSize, strongShare, from } = matrix;
  const png = encodePng(size, size, levels, PALETTE);
  const [x, y] = [MARGIN.left, MARGIN.top];
  const [width, height] = [SIZE - MARGIN.left - MARGIN.right, SIZE - MARGIN.top - MARGIN.bottom];
  const blocks = angularBlocks(matrix);
  const axis = {
    domain: [0, size],
    ticks: 8,
    ...CENTRED,
    label: 'component',
    ...(blocks && {
      label: 'component, by l',
      ticks: blocks.map((start, l) => (start + (blocks[l + 1] ?? size)) / 2),
      tickFormat: (_: unknown, l: number) => String(l),
      tickSize: 0,
    }),
  } as const;
  const summary = `Mean size of the correlations of two components: ${meanSize.toFixed(3)}; |r| > ${STRONG} for ${formatPercent(strongShare)} of the pairs.`;
  const drawing = plot({
    title: 'Correlation matrix',
    description: `${size} by ${size} components. ${summary}`,
    ...frame(SIZE, SIZE, [MARGIN.top, MARGIN.right, MARGIN.bottom, MARGIN.left]),
    x: axis,
    y: { ...axis, reverse: true },
    marks: [
      (_index, _scales, _values, _dimensions, { document }) => {
        const image = document.createElementNS('http://www.w3.org/2000/svg', 'image');
        const href = `data:image/png;base64,${Buffer.from(png).toString('base64')}`;
        const attributes = { x, y, width, height, href };
        for (const [name, value] of Object.entries(attributes)) image.setAttribute(name, String(value));
        image.setAttribute('preserveAspectRatio', 'none');
        image.setAttribute('class', 'pixels');
        return image;
      },
      Plot.ruleX(blocks ?? [], { stroke: 'var(--ink)', strokeOpacity: 0.25, strokeWidth: 0.6 }),
      Plot.ruleY(blocks ?? [], { stroke: 'var(--ink)', strokeOpacity: 0.25, strokeWidth: 0.6 }),
      Plot.frame({ stroke: 'var(--rule)' }),
    ],
  });
  const scale = markup`<div class="scale"><span class="number">−1</span><svg aria-hidden="true" width="180" height="10" viewBox="0 0 180 10">${Array.from(
    { length: 60 },
    (_, i) => {
      const value = (i / 59) * 2 - 1;
      const [red, green, blue] = value < 0 ? NEGATIVE : POSITIVE;
      return markup`<rect x="${i * 3}" width="3" height="10" fill="rgb(${red} ${green} ${blue})" fill-opacity="${Math.abs(value).toFixed(2)}"/>`;
    },
  )}</svg><span class="number">1</span></div>`;
  return {
    kind: 'figure',
    body: markup`${scale}${panels([{ drawing }], 'large')}`,
    caption: markup`<b>Correlation matrix</b> of ${formatCount(size)} components, Pearson’s r of every pair. ${blocks ? 'Lines part the blocks of equal l, in the order of the power spectrum: l, then n, then n’ ≥ n. ' : undefined}${summary}${levels.includes(0) ? ' Grey: no value, since a component is constant.' : undefined} ${sourceOf(from)}`,
  };
}

/** Where the components of each l begin, if they are those of a power spectrum of one species; its metadata tell. */
function angularBlocks({ size, from }: CorrelationMatrix): number[] | undefined {
  const { metadata = {} } = from.columns.find(({ name }) => name === 'correlation') ?? {};
  const [nMax, lMax] = [Number(metadata['nMax']), Number(metadata['lMax'])];
  const block = (nMax * (nMax + 1)) / 2;
  if (size !== block * (lMax + 1)) return undefined;
  return Array.from({ length: lMax + 1 }, (_, l) => l * block);
}

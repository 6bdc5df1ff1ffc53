import { seriesColor } from './colors.js';
import { legend, swatch } from './figure.js';
import { type Markup, markup } from './markup.js';

/** How a series looks: colour, dashes and mark differ, so that it can be told without colours too. */
export interface SeriesStyle {
  readonly color: string;
  readonly dash: string;
  readonly symbol: 'circle' | 'square' | 'triangle' | 'diamond';
}

const DASHES = ['none', '6 3', '2 3', '8 3 2 3'] as const;
const SYMBOLS = ['circle', 'square', 'triangle', 'diamond'] as const;

export function seriesStyle(index: number): SeriesStyle {
  return {
    color: seriesColor(index),
    dash: DASHES[index % DASHES.length]!,
    symbol: SYMBOLS[index % SYMBOLS.length]!,
  };
}

/** @param marked whether points are drawn, besides the line */
export function seriesLegend(labels: readonly string[], { marked }: { readonly marked: boolean }): Markup {
  return legend(
    labels.map((label, i) => {
      const { color, dash, symbol } = seriesStyle(i);
      return {
        label,
        swatch: swatch([
          markup`<path d="M1 7H25" fill="none" stroke="${color}" stroke-width="2" stroke-dasharray="${dash}"/>`,
          ...(marked ? [markup`<path d="${SHAPES[symbol]}" fill="${color}"/>`] : []),
        ]),
      };
    }),
  );
}

/** About (13, 7), as large as Plot draws them. */
const SHAPES: Readonly<Record<SeriesStyle['symbol'], string>> = {
  circle: 'M10 7a3 3 0 1 0 6 0a3 3 0 1 0-6 0z',
  square: 'M10.3 4.3h5.4v5.4h-5.4z',
  triangle: 'M13 3l3.6 6.2h-7.2z',
  diamond: 'M13 2.6l2.6 4.4-2.6 4.4-2.6-4.4z',
};

import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { Markup } from './markup.js';
import { coordinate } from './svg.js';

const { document } = parseHTML('<!doctype html><html><body></body></html>');

/** Attributes that hold lengths, places and paths. */
const GEOMETRY = ['transform', 'd', 'x', 'y', 'x1', 'x2', 'y1', 'y2', 'cx', 'cy', 'r', 'width', 'height'];

/**
 * A chart of Observable Plot as SVG text. Its style is the page's (class `plot`), its coordinates are rounded.
 *
 * Marks must not be clipped: Plot numbers clip paths for as long as the process lives, and the same chart would not be the same text.
 */
export function plot({
  title,
  description,
  ...options
}: Plot.PlotOptions & { readonly title: string; readonly description: string }): Markup {
  const chart = Plot.plot({ className: 'plot', document, ...options });
  chart.querySelector('style')?.remove();
  chart.setAttribute('role', 'img');
  for (const [tag, text] of [
    ['desc', description],
    ['title', title],
  ] as const) {
    const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
    element.textContent = text;
    chart.prepend(element);
  }
  for (const element of chart.querySelectorAll('*')) {
    for (const name of GEOMETRY) {
      const value = element.getAttribute(name);
      if (value !== null && value.includes('.')) element.setAttribute(name, rounded(value));
    }
  }
  return new Markup(chart.outerHTML);
}

/** Size and margins, CSS pixels. */
export function frame(
  width: number,
  height: number,
  [marginTop, marginRight, marginBottom, marginLeft]: readonly [
    top: number,
    right: number,
    bottom: number,
    left: number,
  ],
): Plot.PlotOptions {
  return { width, height, marginTop, marginRight, marginBottom, marginLeft };
}

/** The label of an axis in its middle. */
export const CENTRED = { labelAnchor: 'center', labelArrow: 'none' } as const;

function rounded(geometry: string): string {
  return geometry.replaceAll(/-?\d+\.\d+(?:e-\d+)?/g, (number) => coordinate(Number(number)));
}

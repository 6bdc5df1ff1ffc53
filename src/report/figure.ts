import { joined, type Markup, markup } from './markup.js';
import type { Output } from './outputs.js';
import { formatCount } from '../format.js';

/** Something to look at with what there is to say about it. The page numbers figures and tables. */
export interface Figure {
  readonly kind: 'figure';
  readonly body: Markup;
  readonly caption: Markup;
  /** The numbers behind it, where they are few. */
  readonly data?: Markup;
}

export interface Table {
  readonly kind: 'table';
  readonly caption: Markup;
  readonly head: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  /** Columns of numbers. */
  readonly right?: readonly boolean[];
}

export type Cell = string | Markup;

/** A part of the page with its own heading. */
export interface Section {
  readonly id: string;
  readonly heading: string;
  readonly kicker?: string;
  readonly description?: string | undefined;
  /** What a reader has to know before anything else, e.g. that a sweep is unfinished. */
  readonly notes: readonly string[];
  readonly blocks: readonly (Figure | Table | Markup)[];
}

/** One drawing of a figure of several. */
export interface Panel {
  /** What the panel shows, in a few words; the letter before it is added. */
  readonly label?: string;
  readonly drawing: Markup;
}

/**
 * Drawings side by side as far as there is room.
 * @param size how many of them a wide page has in a row; small drawings without letters have as many as divide their number well
 */
export function panels(items: readonly Panel[], size: 'one' | 'large' | 'two' | 'three' | 'digits' = 'two'): Markup {
  const lettered = items.length > 1 && size !== 'digits';
  const columns = items.length % 6 === 0 || items.length < 5 ? 6 : 5;
  return markup`<div class="panels ${size}"${size === 'digits' ? markup` style="--columns: ${columns}"` : undefined}>${items.map(
    ({ label, drawing }, i) =>
      markup`<div class="panel">${
        label === undefined ? undefined : markup`<p class="panelLabel">${lettered ? letter(i) : undefined}${label}</p>`
      }${drawing}</div>`,
  )}</div>`;
}

function letter(index: number): Markup {
  return markup`<b>${String.fromCodePoint('a'.codePointAt(0)! + index)}</b> `;
}

/** From `metrics/train.parquet` (9 rows). */
export function sourceOf({ path, rows }: Output): Markup {
  return markup`From <code>${path}</code> (${rowsText(rows)}).`;
}

/** 1 row, 12 rows. */
export function rowsText(rows: number): string {
  return `${formatCount(rows)} ${rows === 1 ? 'row' : 'rows'}`;
}

/** A table without a number of its own, of the data of a figure. */
export function dataTable(
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
  right: readonly boolean[],
): Markup {
  return markup`<div class="scroll"><table>${tableBody(head, rows, right)}</table></div>`;
}

/** Values by x, a column for each series; a dash where a series has none. `rest` is rows that follow. */
export function seriesTable(
  x: { readonly name: string; readonly text: (x: number) => string },
  series: readonly {
    readonly name: string;
    readonly values: ReadonlyMap<number, number>;
    readonly text: (value: number) => string;
  }[],
  rest: readonly (readonly Cell[])[] = [],
): Markup {
  const xs = [...new Set(series.flatMap(({ values }) => [...values.keys()]))].toSorted((a, b) => a - b);
  const cell = (value: number | undefined, text: (value: number) => string): string =>
    value === undefined ? '–' : text(value);
  return dataTable(
    [x.name, ...series.map(({ name }) => name)],
    [...xs.map((at) => [x.text(at)].concat(series.map(({ values, text }) => cell(values.get(at), text)))), ...rest],
    [true, ...series.map(() => true)],
  );
}

/** The first cell of each row is its heading. */
export function tableBody(
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
  right: readonly boolean[] = [],
): Markup {
  const aligned = (column: number): Markup | undefined => (right[column] ? markup` class="number"` : undefined);
  return markup`<thead><tr>${head.map(
    (name, i) => markup`<th scope="col"${aligned(i)}>${name}</th>`,
  )}</tr></thead><tbody>${rows.map(
    ([first, ...rest]) =>
      markup`<tr><th scope="row"${aligned(0)}>${first}</th>${rest.map((cell, i) => markup`<td${aligned(i + 1)}>${cell}</td>`)}</tr>`,
  )}</tbody>`;
}

/** Entries of a legend, in a line that wraps. */
export function legend(entries: readonly { readonly swatch: Markup; readonly label: string }[]): Markup {
  return markup`<ul class="legend">${entries.map((entry) => markup`<li>${entry.swatch}${entry.label}</li>`)}</ul>`;
}

/** A swatch of a legend: a small drawing that says nothing by itself. */
export function swatch(content: readonly Markup[], width = 26): Markup {
  return markup`<svg class="swatch" aria-hidden="true" width="${width}" height="14" viewBox="0 0 ${width} 14">${joined(content)}</svg>`;
}

import type { Figure, Section, Table } from './figure.js';
import { tableBody } from './figure.js';
import { Markup, markup } from './markup.js';
import { styles } from './styles.js';

export interface Page {
  readonly title: string;
  readonly subtitle: string;
  readonly sections: readonly Section[];
}

/** Counts as it goes through the page. */
interface Numbers {
  figure: number;
  table: number;
}

/** The whole document. It needs nothing beside itself: no script, no network, no fonts. */
export function renderPage({ title, subtitle, sections }: Page): string {
  const numbers = { figure: 0, table: 0 };
  const body = sections.map((section) => renderSection(section, numbers));
  const { text } = markup`<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${new Markup(styles)}</style>
</head>
<body>
<main>
<header>
<h1>${title}</h1>
<p class="subtitle">${subtitle}</p>
<nav aria-label="Contents"><ul>${sections.map(({ id, heading }) => markup`<li><a href="#${id}">${heading}</a></li>`)}</ul></nav>
</header>
${body}</main>
</body>
</html>
`;
  return `<!doctype html>\n${text}`;
}

function renderSection({ id, heading, kicker, description, notes, blocks }: Section, numbers: Numbers): Markup {
  return markup`<section id="${id}" aria-labelledby="${id}-heading">
<h2 id="${id}-heading">${heading}${kicker === undefined ? undefined : markup` <span class="kicker">${kicker}</span>`}</h2>
${description === undefined ? undefined : markup`<p class="description">${description}</p>\n`}${notes.map((note) => markup`<p class="note" role="note">${note}</p>\n`)}${blocks.map((block) => renderBlock(block, numbers))}</section>
`;
}

function renderBlock(block: Figure | Table | Markup, numbers: Numbers): Markup {
  if (block instanceof Markup) return markup`${block}\n`;
  return block.kind === 'figure' ? renderFigure(block, ++numbers.figure) : renderTable(block, ++numbers.table);
}

function renderFigure({ body, caption, data }: Figure, number: number): Markup {
  const details = data && markup`<details class="data"><summary>Figure ${number} as a table</summary>${data}</details>`;
  return markup`<figure id="figure${number}" aria-labelledby="caption${number}">
${body}
<figcaption id="caption${number}"><span class="count">Figure ${number}.</span> ${caption}</figcaption>
${details}</figure>
`;
}

function renderTable({ caption, head, rows, right }: Table, number: number): Markup {
  return markup`<div class="scroll tableBlock" id="table${number}"><table><caption><span class="count">Table ${number}.</span> ${caption}</caption>${tableBody(head, rows, right)}</table></div>
`;
}

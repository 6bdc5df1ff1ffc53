import { describe, expect, it } from 'vitest';
import { catalogueText, componentText } from '#dist/config/reference.js';
import { componentMarkdown, markdownReference } from '../../scripts/support/markdownReference.mjs';
import { catalogue, decode, parquet, rescale, soap } from './support/catalogue.js';

describe('componentMarkdown', () => {
  it('gives summary, description, options and example', () => {
    expect(componentMarkdown(decode)).toBe(`### decodeMnist

Decodes images.

Plain or gzipped.

| option | type | default | meaning |
| --- | --- | --- | --- |
| \`batchRows\` | integer from 1 to 65536 | \`64\` | Images of a batch. |

\`\`\`yaml
- decodeMnist
\`\`\``);
  });

  it('says of every option its type, whether it is required, its unit, and what is inside', () => {
    const rows = componentMarkdown(soap)
      .split('\n')
      .filter((row) => row.startsWith('| `'));
    expect(rows).toEqual([
      '| `rCut` | number > 1 | required | Cutoff radius (input units) |',
      '| `nMax` | integer from 2 to 20 | `7` | Radial functions. |',
      '| `sigma` | number > 0 and <= 10 |  | Width of the Gaussian (input units). |',
      '| `radialBasis` | gto or polynomial | `gto` | Radial basis. |',
      '| `average` | boolean | `false` |  |',
      '| `centers` | all, list of at least 1 item (integers >= 0) or mapping | `all` | Which points are centres. |',
      '| `species` | mapping to numbers |  |  |',
      '| `box` | list of 3 items (number, number, number) |  |  |',
      '| `cache` | mapping |  |  |',
      '| `cache.rows` | integer that is a multiple of 8 | required |  |',
      '| `cache.path` | string |  |  |',
      '| `timeout` | string that matches ^\\d+s$ |  |  |',
      '| `backend` | mapping |  |  |',
    ]);
  });

  it('has a table for the fit and one for the apply of a fitted operator', () => {
    expect(componentMarkdown(rescale)).toContain(`Options of \`fit\`:

| option | type | default | meaning |
| --- | --- | --- | --- |
| \`share\` | number from 0 to 1 | \`1\` | Share of the rows \\| all. |
| \`fit\` | non-empty string | required | Fits on the stream and keeps the artifact under this name. |

Options of \`apply\`:`);
  });
});

describe('markdownReference', () => {
  it('holds every component, under its kind', () => {
    const headings = markdownReference(catalogue)
      .split('\n')
      .filter((row) => row.startsWith('#'));
    expect(headings).toEqual([
      '# Sources, operators and sinks',
      '## Sources',
      '### idx',
      '## Operators',
      '### decodeMnist',
      '### soap',
      '### rescale',
      '## Sinks',
      '### parquet',
    ]);
    expect(markdownReference(catalogue)).toMatch(/```\n$/);
  });

  it('puts an example after its component', () => {
    const text = markdownReference(catalogue, new Map([['decodeMnist', 'Two images.']]));
    expect(text).toContain('- decodeMnist\n```\n\nTwo images.\n\n### soap\n');
    expect(text.replace('Two images.\n\n', '')).toBe(markdownReference(catalogue));
  });
});

describe('componentText', () => {
  it('gives the same for a terminal', () => {
    expect(componentText(parquet)).toBe(`parquet — Writes Parquet.

Options
  path         string, required
               File to write.
  rowsPerFile  integer >= 1 or null, default null
               Rows of a file; null for one file.

Example
  - parquet: { path: out.parquet }`);
  });

  it('breaks long descriptions', () => {
    const description = 'word '.repeat(60).trim();
    const long = {
      ...parquet,
      options: parquet.options.extend({ path: parquet.options.shape['path']!.describe(description) }),
    };
    const text = componentText(long).split('\n');
    for (const row of text) expect(row.length).toBeLessThanOrEqual(100);
    expect(text.join(' ').match(/word/g)).toHaveLength(60);
  });
});

describe('catalogueText', () => {
  it('lists names and summaries', () => {
    expect(catalogueText(catalogue)).toBe(`Sources
  idx          Reads IDX files.

Operators
  decodeMnist  Decodes images.
  soap         Computes the power spectrum.
  rescale      Rescales features.

Sinks
  parquet      Writes Parquet.`);
  });
});

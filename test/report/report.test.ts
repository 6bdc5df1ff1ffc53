import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseHTML } from 'linkedom';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderReport, writeReport } from '#dist/report/writeReport.js';
import { inspectFile } from '#dist/io/inspect.js';
import { writeReportFolder } from '../support/reportFolder.mjs';

let folder: string;
let html: string;
let document: Element;

/** What of an element the tests look at: linkedom's own types say nothing. */
interface Element {
  readonly id: string;
  readonly localName: string;
  readonly textContent: string;
  readonly children: Iterable<Element> & ArrayLike<Element>;
  getAttribute(name: string): string | null;
  querySelector(selector: string): Element | null;
  querySelectorAll(selector: string): Iterable<Element>;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'soapstream-report-'));
  await writeReportFolder(folder);
  const { path } = await writeReport(folder);
  html = readFileSync(path, 'utf8');
  ({ document } = parseHTML(html) as { document: Element });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const all = (selector: string, within: Element = document): Element[] => [...within.querySelectorAll(selector)];
const textOf = (element: Element): string => element.textContent.replaceAll('\u00A0', ' ').trim();
const section = (name: string): Element => document.querySelector(`[id$="-${name}"]`)!;
const figure = (name: string, caption: string): Element => {
  const found = all('figure', section(name)).find((each) =>
    textOf(each.querySelector('figcaption')!).includes(caption),
  );
  if (!found) throw new Error(`no figure "${caption}" in ${name}`);
  return found;
};
const tableRows = (table: Element): string[][] =>
  all('tr', table).map((row) => all('th, td', row).map((cell) => textOf(cell)));
const plain = (value: unknown): string => JSON.stringify(value);
const rowsOfFile = async (path: string) => (await inspectFile(join(folder, path), { headRows: 1e6 })).head;

describe('the page', () => {
  it('is the same bytes for the same folder, also in one process', async () => {
    expect((await renderReport(folder)).text).toBe(html);
  });

  it('asks for nothing beside itself', () => {
    const urls = [...html.matchAll(/https?:\/\/[^"' <]*/g)].map(([url]) => url);
    expect(urls.filter((url) => !url.startsWith('http://www.w3.org/'))).toEqual([]);
    expect(all('script, link, iframe, object, embed, base')).toEqual([]);
    const linked = all('[src], [href]').map((each) => each.getAttribute('src') ?? each.getAttribute('href')!);
    expect(linked.filter((url) => !url.startsWith('#') && !url.startsWith('data:image/png;base64,'))).toEqual([]);
    expect(html).not.toMatch(/@import|url\(/);
  });

  it('has a section for each run, those first that others depend on', () => {
    expect(all('h2').map((heading) => textOf(heading).split(' ')[0])).toEqual([
      'Overview',
      'describe',
      'train',
      'test',
      'images',
      'seven',
      'sevenTurned',
      'correlate',
      'search',
      'compression',
      'noise',
      'Definitions',
    ]);
  });

  it('has no id twice, and no link that leads nowhere', () => {
    const ids = all('[id]').map((element) => element.id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const link of all('a')) expect(ids).toContain(link.getAttribute('href')!.slice(1));
    for (const labelled of all('[aria-labelledby]')) expect(ids).toContain(labelled.getAttribute('aria-labelledby'));
  });

  it('numbers figures and tables, and says of each figure from which file it is', () => {
    const captions = all('figcaption').map((each) => textOf(each));
    expect(captions).toHaveLength(16);
    for (const [i, caption] of captions.entries()) {
      expect(caption).toMatch(new RegExp(`^Figure ${i + 1}\\. .*From .*\\([\\d,]+ (rows?|files?)\\)\\.$`, 's'));
    }
    expect(all('caption').map((each) => textOf(each).split('.')[0])).toEqual([
      'Table 1',
      'Table 2',
      'Table 3',
      'Table 4',
    ]);
  });

  it('describes every drawing to those who do not see it', () => {
    for (const drawing of all('svg')) {
      if (drawing.getAttribute('aria-hidden') === 'true') continue;
      expect(drawing.getAttribute('role')).toBe('img');
      for (const tag of ['title', 'desc']) {
        const child = [...drawing.children].find(({ localName }) => localName === tag);
        expect(textOf(child!)).not.toBe('');
      }
    }
  });

  it('has a heading for every row and column of its tables', () => {
    for (const table of all('table')) {
      const [head, ...rows] = all('tr', table);
      expect(all('th', head).every((cell) => cell.getAttribute('scope') === 'col')).toBe(true);
      for (const row of rows) {
        expect(row.children[0]!.getAttribute('scope')).toBe('row');
        expect(row.children).toHaveLength(head!.children.length);
      }
    }
  });
});

describe('the overview', () => {
  it('says when, with what and from which seed', () => {
    const facts = Object.fromEntries(all('.facts > div').map((each) => [...each.children].map(textOf)));
    expect(facts).toEqual({
      Run: '2026-11-22, 10:00 to 16:03 UTC',
      'Computing time': '4 h 42 min',
      'Pipeline file': 'experiments.yaml',
      Versions: 'soapstream 0.1.0; Node 20.20.2',
      Profile: 'paper',
      Settings: 'epochs=40',
      Seeds: 'seed 1',
      Configuration: '0f1e2d3c4b5a',
    });
  });

  it('lists runs with their main metrics, of the epoch that was kept', async () => {
    const [, ...rows] = tableRows(document.querySelector('#table1 table')!);
    expect(rows.find(([name]) => name === 'test')).toEqual([
      'test',
      '3.0 s',
      '10,000',
      '82 kB',
      'accuracy 0.6946, macroRecall 0.6891, macroPrecision 0.6868, macroF1 0.6867',
    ]);
    const kept = (await rowsOfFile('metrics/train.parquet')).find(
      ({ metric, epoch }) => metric === 'validationAccuracy' && epoch === 29,
    )!;
    expect(rows.find(([name]) => name === 'train')!.at(-1)).toContain(
      `validationAccuracy ${(kept['value'] as number).toFixed(4)}, bestEpoch 29`,
    );
  });

  it('draws steps with rows and times, the busiest marked', () => {
    const graph = document.querySelector('svg.graph')!;
    expect(all('.row', graph)).toHaveLength(10);
    expect(all('.busiest .label', graph).map((each) => textOf(each))).toEqual([
      'soap',
      'classify',
      'soap',
      'soap',
      'soap',
      'soap',
      'correlate',
    ]);
    expect(all('.box', graph)).toHaveLength(6 + 4 + 10 + 2 + 2 + 2 + 2);
    // train ← describe; test ← describe, train; images, seven, sevenTurned ← train; correlate ← describe; compression ← both; noise ← train
    expect(all('.lane .head', graph)).toHaveLength(1 + 2 + 3 + 1 + 2 + 1);
  });
});

describe('figures of metrics', () => {
  it('have a table with the numbers of the file', async () => {
    const learning = figure('train', 'Learning curves');
    const [head, ...rows] = tableRows(learning.querySelector('table')!);
    expect(head).toEqual(['epoch', 'loss', 'validationLoss', 'validationAccuracy']);
    expect(rows).toHaveLength(40);
    const accuracies = (await rowsOfFile('metrics/train.parquet')).filter(
      ({ metric }) => metric === 'validationAccuracy',
    );
    expect(rows.map((row) => row[3])).toEqual(accuracies.map(({ value }) => (value as number).toFixed(4)));
    expect(textOf(learning.querySelector('figcaption')!)).toContain('best epoch, whose weights were kept, epoch 29');
  });

  it('have in the cells of the confusion matrix the shares of their rows', async () => {
    const confusion = figure('test', 'Confusion matrix');
    const cells = (await rowsOfFile('metrics/test.parquet')).filter(({ metric }) => metric === 'confusion');
    const counts = Array.from({ length: 10 }, (_, actual) =>
      cells.filter((cell) => cell['actual'] === actual).map(({ value }) => value as number),
    );
    const shares = counts.flatMap((row) => row.map((count) => count / row.reduce((sum, each) => sum + each, 0)));
    const drawn = all('g[aria-label="text"] text', confusion).map((text) => Number(textOf(text)));
    const sorted = (values: readonly number[]): number[] => values.toSorted((a, b) => a - b);
    expect(drawn).toHaveLength(100);
    // Cells are rounded to two decimals.
    for (const [i, share] of sorted(drawn).entries()) expect(Math.abs(share - sorted(shares)[i]!)).toBeLessThan(0.0051);
    const total = (actual: number): string =>
      counts[actual]!.reduce((sum, each) => sum + each, 0).toLocaleString('en-US');
    expect(all('g[aria-label="cell"] title', confusion).map((each) => textOf(each))).toEqual(
      counts.flatMap((row, actual) =>
        row.map((count, predicted) => `${count} of ${total(actual)} of class ${actual} predicted as ${predicted}`),
      ),
    );
    const [, ...rows] = tableRows(confusion.querySelector('table')!);
    expect(rows.map((row) => row.slice(1, -1).map(Number))).toEqual(counts);
  });
});

describe('figures of sweeps', () => {
  it('show every pair of sampled parameters, abandoned trials hollow', async () => {
    const pairs = figure('search', 'Pairs of parameters');
    const rows = await rowsOfFile('search/results.parquet');
    const count = (status: string): number => rows.filter((row) => row['status'] === status).length;
    expect(all('.panelLabel', pairs).map((each) => textOf(each))).toEqual([
      'a rCut against nMax',
      'b rCut against lMax',
      'c rCut against sigma',
      'd nMax against lMax',
      'e nMax against sigma',
      'f lMax against sigma',
    ]);
    for (const chart of all('svg.plot', pairs)) {
      const [abandoned, diverged, done, best] = all('g[aria-label="dot"]', chart);
      expect([abandoned, diverged, done, best].map((dots) => dots!.children.length)).toEqual([
        count('abandoned'),
        count('diverged'),
        count('done'),
        1,
      ]);
      expect(abandoned!.getAttribute('fill')).toBe('none');
    }
  });

  it('correlate the trials that ended with their parameters', async () => {
    const table = all('.tableBlock', section('search')).find((each) => textOf(each).includes('Pearson'))!;
    const done = (await rowsOfFile('search/results.parquet')).filter(({ status }) => status === 'done');
    const [x, y] = ['sigma', 'searchTrain.classify.validationAccuracy'].map((name) =>
      done.map((row) => row[name] as number),
    ) as [number[], number[]];
    const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    const covariance = (a: readonly number[], b: readonly number[]): number =>
      mean(a.map((value, i) => (value - mean(a)) * (b[i]! - mean(b))));
    const r = covariance(x, y) / Math.sqrt(covariance(x, x) * covariance(y, y));
    const row = tableRows(table).find(([name]) => name === 'sigma')!;
    expect(r).toBeLessThan(0);
    expect(row[1]).toBe(`−${Math.abs(r).toFixed(3)}`);
    expect(row[3]).toBe(String(done.length));
  });

  it('name the best trial and its settings', async () => {
    const rows = (await rowsOfFile('search/results.parquet')).filter(({ status }) => status === 'done');
    const objective = 'searchTrain.classify.validationAccuracy';
    const best = rows.toSorted((a, b) => (b[objective] as number) - (a[objective] as number))[0]!;
    const [, first] = tableRows(section('search').querySelector('table')!);
    expect(first!.slice(0, 2)).toEqual([plain(best['trial']), (best[objective] as number).toFixed(4)]);
    expect(first!.slice(3, 5)).toEqual([plain(best['nMax']), plain(best['lMax'])]);
  });

  it('draw errors on both scales, a line for each case', () => {
    const errors = figure('compression', 'reconstructionMse');
    expect(all('.panelLabel', errors).map((each) => textOf(each))).toEqual([
      'a reconstructionMse, linear scale',
      'b reconstructionMse, logarithmic scale',
    ]);
    expect(all('.legend li', errors)).toHaveLength(5);
    for (const chart of all('svg.plot', errors)) expect(all('g[aria-label="line"] path', chart)).toHaveLength(5);
  });

  it('compare scores with the baseline, of several pipelines in one chart', () => {
    const accuracy = figure('noise', 'accuracy against');
    expect(all('.legend li', accuracy).map((each) => textOf(each))).toEqual([
      'noisyTest.classify',
      'noisyTestRescaled.classify',
    ]);
    expect(textOf(accuracy.querySelector('figcaption')!)).toContain(
      'The dashed horizontal line is the baseline, 0.6946.',
    );
    const shares = all('svg.plot', accuracy)[1]!;
    expect(all('g[aria-label="y-axis tick label"] text', shares).map((each) => textOf(each))).toContain('100 %');
    const rows = tableRows(accuracy.querySelector('table')!);
    expect(rows).toHaveLength(1 + 20 + 1);
    expect(rows.at(-1)).toEqual(['baseline', '0.6946', '0.6946']);
  });

  it('say when a sweep is unfinished', () => {
    expect(all('.note', section('compression')).map((each) => textOf(each))).toEqual([
      'Unfinished: 56 of 80 trials have ended. Figures show these; run the sweep again to go on.',
    ]);
    expect(all('.note', section('search'))).toEqual([]);
  });
});

describe('figures of predictions', () => {
  it('draw a square for each pixel and a bar for each class that is voted for', async () => {
    const easiest = figure('images', 'The easiest image of each class');
    const pixels = await rowsOfFile('predictions/images.parquet');
    const digits = all('svg.digit', easiest);
    expect(digits).toHaveLength(10);
    for (const digit of digits) {
      const image = Number(/^Image (\d+),/.exec(textOf(digit.querySelector('title')!))![1]);
      const own = pixels.filter((pixel) => pixel['image'] === image);
      const squares = all('path[fill^="var(--class"]', digit)
        .map((path) => path.getAttribute('d')!.split('M').length - 1)
        .reduce((sum, count) => sum + count, 0);
      expect(squares).toBe(own.length);
      const classes = new Set(own.map(({ predicted }) => predicted)).size;
      expect(all('.votes rect', digit)).toHaveLength(classes);
    }
  });

  it('put the same image of another output beside it, and say so', () => {
    const turned = figure('sevenTurned', 'The image');
    expect(all('.panelLabel', turned).map((each) => textOf(each))).toEqual(['image 0', 'seven, 0']);
    expect(textOf(turned.querySelector('figcaption')!)).toContain(
      'Beside it the same image of seven, from predictions/seven.parquet.',
    );
  });

  it('draw a cloud of all pixels of images that disagree, right and wrong ones', async () => {
    const clouds = figure('images', 'The same images as point clouds');
    const pixels = await rowsOfFile('predictions/images.parquet');
    const panel = all('.panel', clouds)[0]!;
    const image = Number(/image (\d+),/.exec(textOf(panel))![1]);
    const own = pixels.filter((pixel) => pixel['image'] === image);
    const right = own.filter(({ predicted, label }) => predicted === label).length;
    expect(all('.rightPoint', panel)).toHaveLength(right);
    expect(all('.wrongPoint', panel)).toHaveLength(own.length - right);
  });

  it('are none for sampled pixels and files that are gone, and notes say so', () => {
    expect(all('.note', section('test')).map((each) => textOf(each))).toEqual([
      'predictions/deleted.parquet is no longer there: what it held is not shown.',
      expect.stringMatching(/^predictions\/test\.parquet \(800 rows\) holds predictions of single pixels/),
    ]);
    expect(all('svg.digit', section('test'))).toEqual([]);
  });
});

describe('the correlation matrix', () => {
  it('is a picture with a pixel for each pair, and says how strong correlations are', async () => {
    const correlation = figure('correlate', 'Correlation matrix');
    const url = correlation.querySelector('image')!.getAttribute('href')!;
    const png = Buffer.from(url.slice(url.indexOf(',') + 1), 'base64');
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([308, 308]);
    const values = (await rowsOfFile('correlation.parquet')).flatMap(({ correlation: row, component }) =>
      (row as number[]).filter((_, i) => i !== component).map((value) => Math.abs(value)),
    );
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(textOf(correlation.querySelector('figcaption')!)).toContain(
      `Mean size of the correlations of two components: ${mean.toFixed(3)}`,
    );
  });
});

describe('definitions', () => {
  it('are the entries of the pipeline file', () => {
    const [describing] = all('.definition pre').map((each) => textOf(each));
    expect(describing).toMatch(/^describe:\n {2}source:\n {4}idx:/);
    expect(describing).toContain('rCut: 63');
  });
});

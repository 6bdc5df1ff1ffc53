/**
 * Draws the pictures of the README into docs/images/, each for a light and a dark background, with the drawings of the report.
 *
 *     node scripts/pictures.mjs [DIRECTORY]
 *
 * The directory is what `soapstream run experiments.yaml describe train testPixels --set testImages=1000` has left in `--out`; without
 * one, that is run first, which takes two minutes.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { classColor } from '#dist/report/colors.js';
import { drawCloud } from '#dist/report/figures/cloudDrawing.js';
import { drawDigit, extentOf } from '#dist/report/figures/digitDrawing.js';
import { pipelineGraph } from '#dist/report/figures/pipelineGraph.js';
import { Markup, markup } from '#dist/report/markup.js';
import { readRun } from '#dist/report/readRun.js';
import { readContents } from '#dist/report/sections.js';
import { styles } from '#dist/report/styles.js';
import { coordinate, svg } from '#dist/report/svg.js';
import { powerSpectrum } from '#dist/soap/index.js';

const PIPELINES = ['describe', 'train', 'testPixels'];
const WIDTH = 844;
const GAP = 15;
const DIGIT = 128;
const CLOUD = 260;
/** Height of a drawn digit with its votes. */
const HEIGHT = 206;
const TITLE = 24;
/** The image whose way is shown, and others that are easy or not. */
const SHOWN = 32;
const OTHERS = { easiest: [71, 757, 941], disagreeing: [522], ambiguous: [389, 951] };
/** The pixel of it whose descriptor is shown. */
const PIXEL = 100;
const ANCHORS = { start: 0, middle: 0.5, end: 1 };
const soapOptions = { rCut: 63, nMax: 7, lMax: 10, sigma: 3 };

const [given] = process.argv.slice(2);
const directory = given ?? mkdtempSync(join(tmpdir(), 'soapstream-pictures-'));
try {
  if (given === undefined) {
    const run = [
      'dist/cli.js',
      'run',
      '--force',
      'experiments.yaml',
      ...PIPELINES,
      '--set',
      'testImages=1000',
      '--out',
      directory,
    ];
    execFileSync(process.execPath, run, { stdio: 'inherit' });
  }
  const records = (await readRun(directory)).filter(({ name }) => PIPELINES.includes(name));
  const { digits } = await readContents(directory, records.at(-1));
  write('pipelines', drawingOf(pipelineGraph(records)));
  write('digits', drawDigits(digits[0]));
} finally {
  if (given === undefined) rmSync(directory, { recursive: true, force: true });
}

/** The way of one image above, other images below. */
function drawDigits(report) {
  const shown = report.easiest.find(({ image }) => image === SHOWN);
  const others = Object.entries(OTHERS).flatMap(([kind, images]) =>
    images.map((wanted) => report[kind].find(({ image }) => image === wanted)),
  );
  const extent = extentOf([shown, ...others]);
  const way = [
    { title: 'An image', anchor: 'start', width: DIGIT, drawing: drawImage(shown, extent) },
    { title: 'as a point cloud', width: CLOUD, drawing: drawCloud(shown, extent) },
    { title: 'the descriptor of one point', width: CLOUD, drawing: drawSpectrum(shown) },
    { title: 'the class of each', anchor: 'end', width: DIGIT, drawing: drawDigit(shown, extent) },
  ];
  const gap = (WIDTH - way.reduce((sum, { width }) => sum + width, 0)) / (way.length - 1);
  const places = way.map((_, i) => way.slice(0, i).reduce((sum, { width }) => sum + width + gap, 0));
  const step = (WIDTH - DIGIT) / (others.length - 1);
  const second = TITLE + HEIGHT + GAP;
  return svg({
    width: WIDTH,
    height: second + TITLE + HEIGHT,
    className: 'picture',
    title: 'Digits, their point clouds, a descriptor and the class of every pixel',
    description: `Test image ${SHOWN} of MNIST, the SOAP power spectrum at one of its pixels, and six further images.`,
    content: [
      way.map(
        ({ title, anchor = 'middle', width, drawing }, i) =>
          markup`<text class="title" x="${coordinate(places[i] + width * ANCHORS[anchor])}" y="14" text-anchor="${anchor}">${title}</text>${at(places[i], TITLE, drawing)}`,
      ),
      markup`<text class="title" x="0" y="${second + 14}">Other images: three easy ones, and three on which the pixels disagree</text>`,
      classLegend(WIDTH, second + 14),
      others.map((digit, i) => at(i * step, second + TITLE, drawDigit(digit, extent))),
    ],
  });
}

function drawImage({ positions, predicted }, extent) {
  const scale = DIGIT / extent.width;
  const square = (i, attributes) => {
    const [x, y] = [positions[i * 3] - 0.5 - extent.x, positions[i * 3 + 1] - 0.5 - extent.y];
    return markup`<rect x="${coordinate(x * scale)}" y="${coordinate(y * scale)}" width="${coordinate(scale)}" height="${coordinate(scale)}" ${attributes}/>`;
  };
  return svg({
    width: DIGIT,
    height: HEIGHT,
    className: 'digit',
    title: 'An image',
    description: 'Its pixels as they are; a frame marks the one whose descriptor is shown.',
    content: [
      markup`<rect class="field" width="${DIGIT}" height="${coordinate(extent.height * scale)}" rx="2"/>`,
      [...predicted.keys()].map((i) =>
        square(i, markup`class="ink" opacity="${coordinate(positions[i * 3 + 2] / 25)}"`),
      ),
      square(PIXEL, markup`class="mark"`),
    ],
  });
}

/** The components as bars, a logarithm of each, with the degrees l below. */
function drawSpectrum({ positions }) {
  const row = powerSpectrum(positions, positions.slice(PIXEL * 3, PIXEL * 3 + 3), soapOptions);
  const degrees = soapOptions.lMax + 1;
  const heights = Array.from(row, (value) => Math.sign(value) * Math.log10(1 + Math.abs(value)));
  const [highest, lowest] = [Math.max(...heights), Math.min(...heights)];
  const scale = (HEIGHT - 50) / (highest - lowest);
  const zero = 6 + highest * scale;
  const step = CLOUD / row.length;
  const bars = heights.map(
    (height, i) => `M${coordinate((i + 0.5) * step)} ${coordinate(zero)}v${coordinate(-height * scale)}`,
  );
  const perDegree = row.length / degrees;
  return svg({
    width: CLOUD,
    height: HEIGHT,
    className: 'spectrum',
    title: 'A descriptor',
    description: `Its ${row.length} components by degree l, as sign(p) · log(1 + |p|).`,
    content: [
      Array.from({ length: degrees }, (_, l) => [
        l % 2 === 0
          ? markup`<rect class="band" x="${coordinate(l * perDegree * step)}" y="0" width="${coordinate(perDegree * step)}" height="${HEIGHT - 38}"/>`
          : undefined,
        markup`<text class="small" x="${coordinate((l + 0.5) * perDegree * step)}" y="${HEIGHT - 24}" text-anchor="middle">${l}</text>`,
      ]),
      markup`<path class="bars" stroke-width="${coordinate(step * 0.85)}" d="${bars.join('')}"/>`,
      markup`<text class="small" x="${CLOUD / 2}" y="${HEIGHT - 8}" text-anchor="middle">${row.length} components by degree l</text>`,
    ],
  });
}

/** Ends at that place. */
function classLegend(right, y) {
  const step = 26;
  return Array.from({ length: 10 }, (_, c) => {
    const x = right - (10 - c) * step + 8;
    return markup`<rect x="${x}" y="${y - 9}" width="9" height="9" rx="1.5" fill="${classColor(c)}"/><text class="small" x="${x + 11}" y="${y}">${c}</text>`;
  });
}

function at(x, y, drawing) {
  return markup`<g transform="translate(${coordinate(x)} ${coordinate(y)})">${drawing}</g>`;
}

/** The one drawing of a figure. */
function drawingOf({ body }) {
  return new Markup(/<svg.*<\/svg>/s.exec(body.text)[0]);
}

/** An SVG file has no page around it: the colours and rules of the report's drawings go with it. */
function write(name, { text }) {
  const themes = [...styles.matchAll(/:root \{([^}]*)\}/g)].map(([, variables]) =>
    variables.replace(/color-scheme:[^;]*;/, ''),
  );
  const rules = styles
    .split('\n')
    .filter((line) => /^(svg|\.graph|\.digit|\.votes|\.cloud|\.rightPoint|\.wrongPoint)/.test(line));
  const own = `text { font-family: system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', 'Liberation Sans', Arial, sans-serif; fill: var(--ink); }
.title { font-size: 13px; font-weight: 600; } .small { font-size: 10.5px; fill: var(--muted); }
.ink { fill: var(--ink); } .mark { fill: none; stroke: var(--wrong); stroke-width: 2; } .band { fill: var(--panel); } .bars { stroke: var(--sequential); }`;
  mkdirSync('docs/images', { recursive: true });
  for (const [i, theme] of ['light', 'dark'].entries()) {
    const style = `<style>svg {${themes[i]}}\n${own}\n${rules.join('\n')}</style>`;
    writeFileSync(
      `docs/images/${name}.${theme}.svg`,
      `${text.replace('<svg ', '<svg xmlns="http://www.w3.org/2000/svg" ').replace('>', () => `>${style}`)}\n`,
    );
  }
}

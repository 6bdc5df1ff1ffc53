import { classColor } from '../colors.js';
import type { Digit } from '../digit.js';
import { joined, type Markup, markup } from '../markup.js';
import { coordinate, svg } from '../svg.js';

/** The part of the plane that digits are drawn in, in pixels of their images. */
export interface Extent {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Width of a drawing, CSS pixels. */
const WIDTH = 128;
const TEXT_HEIGHT = 34;
const VOTES_HEIGHT = 44;
/** Side of a square, pixels of the image, where the class is certain: the gap lets single pixels be seen. */
const WIDEST = 0.94;
/** Where it is as good as guessed. */
const NARROWEST = 0.5;

/** 28 × 28 pixels, or as much more as noise and turning have made it. */
export function extentOf(digits: readonly Digit[]): Extent {
  let [left, top, right, bottom] = [0, 0, 27, 27];
  for (const { positions } of digits) {
    for (let i = 0; i < positions.length; i += 3) {
      const [x, y] = [positions[i]!, positions[i + 1]!];
      [left, right] = [Math.min(left, Math.floor(x)), Math.max(right, Math.ceil(x))];
      [top, bottom] = [Math.min(top, Math.floor(y)), Math.max(bottom, Math.ceil(y))];
    }
  }
  return { x: left - 1, y: top - 1, width: right - left + 2, height: bottom - top + 2 };
}

/** A square for each pixel in the colour of its class, the label and the vote, and the votes of the pixels as bars. */
export function drawDigit(digit: Digit, extent: Extent): Markup {
  const scale = WIDTH / extent.width;
  const height = extent.height * scale;
  return svg({
    width: WIDTH,
    height: height + TEXT_HEIGHT + VOTES_HEIGHT,
    className: 'digit',
    title: `Image ${digit.image}${digit.label === undefined ? '' : `, a ${digit.label}`}, voted ${digit.vote}`,
    description: `Pixels by predicted class: ${digit.votes
      .map((count, c) => ({ count, c }))
      .filter(({ count }) => count > 0)
      .map(({ count, c }) => `${count} as ${c}`)
      .join(', ')}.`,
    content: [
      markup`<rect class="field" width="${WIDTH}" height="${coordinate(height)}" rx="2"/>`,
      markup`<g transform="scale(${coordinate(scale)}) translate(${coordinate(-extent.x)} ${coordinate(-extent.y)})">${squares(digit)}</g>`,
      ...verdict(digit, height + 17),
      votes(digit, height + TEXT_HEIGHT),
    ],
  });
}

/**
 * Sure predictions are large, doubtful ones small. Opacity would say it too, but mixes colours with the background, and then those of some
 * classes look like others.
 */
function squares({ positions, predicted, confidence }: Digit): Markup {
  const paths = new Map<number, string>();
  for (const [i, c] of predicted.entries()) {
    const side = NARROWEST + (WIDEST - NARROWEST) * confidence[i]!;
    const corner = [positions[i * 3]!, positions[i * 3 + 1]!].map((middle) => coordinate(middle - side / 2));
    const length = coordinate(side);
    paths.set(c, `${paths.get(c) ?? ''}M${corner.join(' ')}h${length}v${length}h-${length}z`);
  }
  const byClass = [...paths].toSorted(([a], [b]) => a - b);
  return joined(byClass.map(([c, d]) => markup`<path fill="${classColor(c)}" d="${d}"/>`));
}

function verdict({ label, vote }: Digit, y: number): Markup[] {
  const at = coordinate(y);
  if (label === undefined) return [markup`<text x="${WIDTH / 2}" y="${at}" text-anchor="middle">vote ${vote}</text>`];
  const right = label === vote;
  return [
    markup`<text x="${WIDTH / 2}" y="${at}" text-anchor="middle">label ${label}, vote ${vote} <tspan class="${right ? 'right' : 'wrong'}">${right ? '✓' : '✗'}</tspan></text>`,
  ];
}

/** A bar for each class, as high as its share of the pixels, over its numeral. */
function votes({ votes: counts, predicted }: Digit, top: number): Markup {
  const step = WIDTH / counts.length;
  const [barHeight, baseline] = [VOTES_HEIGHT - 14, top + VOTES_HEIGHT - 14];
  return markup`<g class="votes"><path d="M0 ${coordinate(baseline)}H${WIDTH}" class="axis"/>${counts.map(
    (count, c) => {
      const height = (count / predicted.length) * barHeight;
      return markup`${count > 0 ? markup`<rect x="${coordinate(c * step + 1)}" y="${coordinate(baseline - height)}" width="${coordinate(step - 2)}" height="${coordinate(height)}" fill="${classColor(c)}"/>` : undefined}<text x="${coordinate((c + 0.5) * step)}" y="${coordinate(baseline + 11)}" text-anchor="middle">${c}</text>`;
    },
  )}</g>`;
}

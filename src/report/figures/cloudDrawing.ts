import type { Digit } from '../digit.js';
import { type Markup, markup } from '../markup.js';
import { coordinate, svg } from '../svg.js';
import type { Extent } from './digitDrawing.js';

const WIDTH = 260;
const MARGIN = 8;
const COS = Math.cos(Math.PI / 6);
const SIN = Math.sin(Math.PI / 6);
/** Length of the axis z, in its units: intensities 0 to 255 are 0 to 25. */
const HIGHEST = 26;
/** z is drawn shorter than x and y, so that the shape in the plane is seen. */
export const HEIGHT_SCALE = 0.4;

/** The points of an image in isometric projection, those that were predicted wrongly marked; labelled images only. */
export function drawCloud({ image, label, positions, predicted }: Digit, extent: Extent): Markup {
  const scale = (WIDTH - 2 * MARGIN) / ((extent.width + extent.height) * COS);
  const project = (x: number, y: number, z: number): readonly [number, number] => [
    MARGIN + (x - extent.x + (extent.y + extent.height - y)) * COS * scale,
    MARGIN +
      ((x - extent.x - (extent.y + extent.height - y) + extent.height) * SIN + (HIGHEST - z) * HEIGHT_SCALE) * scale,
  ];
  const points = Array.from(predicted, (c, i) => {
    const [x, y, z] = [positions[i * 3]!, positions[i * 3 + 1]!, positions[i * 3 + 2]!];
    return { x, y, z, right: c === label, depth: x + y };
  }).toSorted((a, b) => a.depth - b.depth || a.z - b.z);
  const wrong = points.filter(({ right }) => !right).length;
  return svg({
    width: WIDTH,
    height: 2 * MARGIN + ((extent.width + extent.height) * SIN + HIGHEST * HEIGHT_SCALE) * scale,
    className: 'cloud',
    title: `Image ${image}, a ${label}, as a point cloud`,
    description: `${wrong} of ${points.length} points are predicted wrongly.`,
    content: [
      ground(extent, project),
      markup`<path class="stems" d="${points.map(({ x, y, z }) => `M${pair(project(x, y, 0))}L${pair(project(x, y, z))}`).join('')}"/>`,
      ...points.map(({ x, y, z, right }) => {
        const [cx, cy] = project(x, y, z).map(coordinate);
        return right
          ? markup`<circle class="rightPoint" cx="${cx}" cy="${cy}" r="2.6"/>`
          : markup`<path class="wrongPoint" transform="translate(${cx} ${cy})" d="M0-3.8L3.4 2.4H-3.4z"/>`;
      }),
    ],
  });
}

function ground(
  { x, y, width, height }: Extent,
  project: (x: number, y: number, z: number) => readonly [number, number],
): Markup {
  const corners = [
    [x, y],
    [x + width, y],
    [x + width, y + height],
    [x, y + height],
  ] as const;
  const outline = corners.map(([cx, cy]) => pair(project(cx, cy, 0))).join('L');
  const [xAt, yAt, zAt] = [
    project(x + width / 2, y + height, 0),
    project(x + width, y + height / 2, 0),
    project(x, y, HIGHEST),
  ];
  return markup`<path class="field" d="M${outline}Z"/><path class="axis" d="M${pair(project(x, y, 0))}L${pair(project(x, y, HIGHEST))}"/><text x="${coordinate(xAt[0] - 6)}" y="${coordinate(xAt[1] + 12)}" text-anchor="end">x</text><text x="${coordinate(yAt[0] + 6)}" y="${coordinate(yAt[1] + 12)}">y</text><text x="${coordinate(zAt[0] + 5)}" y="${coordinate(zAt[1] + 4)}">z</text>`;
}

function pair([x, y]: readonly [number, number]): string {
  return `${coordinate(x)} ${coordinate(y)}`;
}

import { describe, expect, it } from 'vitest';
import { cellIndex } from '#dist/soap/points/cellIndex.js';
import { channelIndex } from '#dist/soap/points/channelIndex.js';
import { indexPoints } from '#dist/soap/points/indexPoints.js';
import { MAX_RANGES, type PointIndex, splitAxes } from '#dist/soap/points/pointIndex.js';
import { randomCloud, randomNumbers } from '../clouds.js';

type Triple = [number, number, number];

/** The points in the ranges of a centre. */
function pointsNear(index: PointIndex, channel: number, center: Triple): Triple[] {
  const ranges = new Uint32Array(2 * MAX_RANGES);
  const count = index.rangesNear(channel, ...center, ranges);
  const found: Triple[] = [];
  for (let range = 0; range < count; range++) {
    const [start, end] = [ranges[2 * range]!, ranges[2 * range + 1]!];
    expect(end).toBeGreaterThan(start);
    for (let i = start; i < end; i++) found.push([index.x[i]!, index.y[i]!, index.z[i]!]);
  }
  return found;
}

/** As a kernel decides it. */
const isWithin = (center: Triple, cutoff: number) => (point: Triple) => {
  const [x, y, z] = [point[0] - center[0], point[1] - center[1], point[2] - center[2]];
  return x * x + y * y + z * z <= cutoff * cutoff;
};

const sorted = (points: readonly Triple[]) => points.map(String).toSorted();

/** Both indices find, for every channel, exactly the points of a plain search. */
function expectAllFound(
  points: readonly Triple[],
  channels: Uint16Array,
  nChannels: number,
  cutoff: number,
  centers: Triple[],
) {
  const coordinates = splitAxes(Float64Array.from(points.flat()));
  const indices = [cellIndex(coordinates, channels, nChannels, cutoff), channelIndex(coordinates, channels, nChannels)];
  for (const index of indices) {
    expect([...index.order].map((i) => points[i])).toEqual(
      points.map((_, at) => [index.x[at], index.y[at], index.z[at]]),
    );
    expect(new Set(index.order).size).toBe(points.length);
    for (const center of centers) {
      for (let channel = 0; channel < nChannels; channel++) {
        const own = points.filter((_, i) => channels[i] === channel);
        const near = pointsNear(index, channel, center);
        const ofOthers = near.filter((point) => !own.some((candidate) => String(candidate) === String(point)));
        expect(ofOthers).toEqual([]);
        expect(sorted(near.filter(isWithin(center, cutoff)))).toEqual(sorted(own.filter(isWithin(center, cutoff))));
      }
    }
  }
}

const asTriples = (values: Float64Array): Triple[] =>
  Array.from({ length: values.length / 3 }, (_, i) => [...values.subarray(3 * i, 3 * i + 3)] as Triple);

describe('indices of points', () => {
  const random = randomNumbers(31);
  const randomChannels = (count: number, nChannels: number) =>
    Uint16Array.from({ length: count }, () => Math.floor(nChannels * random()));

  it.each([0.3, 1, 5, 40])(
    'find all points within a cutoff of %d and none twice, at points and elsewhere',
    (cutoff) => {
      const points = asTriples(randomCloud(random, 300, 12));
      const centers = [...points.slice(0, 10), ...asTriples(randomCloud(random, 15, 20))];
      expectAllFound(points, randomChannels(300, 3), 4, cutoff, centers); // nothing is in the last channel
    },
  );

  it('find points in a lattice whose distances are those of the cutoff', () => {
    const points: Triple[] = [];
    for (let x = -5; x <= 5; x++) for (let y = -5; y <= 5; y++) for (let z = -5; z <= 5; z++) points.push([x, y, z]);
    const scaled = points.map((point) => point.map((value) => value * 0.1) as Triple);
    for (const cutoff of [1, 2, 3]) {
      expectAllFound(points, new Uint16Array(points.length), 1, cutoff, [points[0]!, points[600]!, [0.5, 0.5, 0.5]]);
      expectAllFound(scaled, new Uint16Array(points.length), 1, cutoff * 0.1, [scaled[0]!, scaled[600]!, scaled[731]!]);
    }
  });

  it.each([1e6, 1e15, 1e100, 1e300])('find points of clusters %d apart', (distance) => {
    const shifts: Triple[] = [
      [0, 0, 0],
      [distance, 0, -distance],
      [-distance, distance, 0],
    ];
    const points = shifts.flatMap((shift) =>
      asTriples(randomCloud(random, 60, 3)).map((point) => point.map((value, axis) => value + shift[axis]!) as Triple),
    );
    const centers = [points[0]!, points[70]!, points[130]!, [1, 2, 1], [distance, 1, 1]] as Triple[];
    expectAllFound(points, randomChannels(points.length, 2), 2, 1.3, centers);
  });

  it('find points that coincide, lie in a plane or on a line', () => {
    const line = Array.from({ length: 200 }, (_, i): Triple => [0, i / 10, 0]);
    const plane = Array.from({ length: 200 }, (): Triple => [10 * random(), 2, 10 * random()]);
    const same = Array.from({ length: 20 }, (): Triple => [4, 4, 4]);
    for (const points of [line, plane, same]) {
      expectAllFound(points, new Uint16Array(points.length), 1, 0.7, [points[7]!, [4, 4, 4], [-50, 0, 0]]);
    }
  });

  it('find nothing in an empty cloud', () => {
    expectAllFound([], new Uint16Array(0), 2, 1, [[0, 0, 0]]);
  });

  it('look at as many points in a large cloud as in a small one of the same density', () => {
    const meanCandidates = (nPoints: number) => {
      const size = Math.cbrt(nPoints) / 2;
      const index = indexPoints(randomCloud(random, nPoints, size), new Uint16Array(nPoints), 1, 2);
      const centers = asTriples(randomCloud(random, 200, size - 4));
      return centers.reduce((sum, center) => sum + pointsNear(index, 0, center).length, 0) / 200;
    };
    const [small, large] = [meanCandidates(8000), meanCandidates(64_000)];
    // A column of 4 by 3 rows by 3 slabs of 2 each, evenly filled with one point a unit: 144, and random places of the rows.
    for (const mean of [small, large]) {
      expect(mean).toBeGreaterThan(120);
      expect(mean).toBeLessThan(170);
    }
  });
});

describe('indexPoints', () => {
  const random = randomNumbers(32);
  const indexOf = (points: Float64Array, cutoff: number) =>
    indexPoints(points, new Uint16Array(points.length / 3), 1, cutoff);

  it('sorts into cells where they spare much, and else leaves the points as they are', () => {
    const cloud = randomCloud(random, 3000, 20);
    expect(indexOf(cloud, 2).cutoff).toBe(2);
    const whole = indexOf(cloud, 60);
    expect(whole.cutoff).toBe(Infinity);
    expect(whole.x).toEqual(cloud.filter((_, i) => i % 3 === 0));
    expect(indexOf(cloud.slice(0, 300), 2).cutoff).toBe(Infinity);
  });

  it('makes no cells where the extent is beyond float64', () => {
    const cloud = Float64Array.from({ length: 6000 }, (_, i) => (i % 2 === 0 ? 1.7e308 : -1.7e308));
    expect(indexOf(cloud, 1).cutoff).toBe(Infinity);
  });
});

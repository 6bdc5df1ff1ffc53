import { describe, expect, it } from 'vitest';
import { capacityFor } from '#dist/clouds/capacity.js';
import { CloudBuilder } from '#dist/clouds/cloudBuilder.js';
import type { NumberPacker } from '#dist/clouds/numberPacker.js';
import { type PackedTexts, TextPacker } from '#dist/clouds/textPacker.js';
import { bytesOf, plainCloud } from '../support/cloudFiles.js';

describe('capacityFor', () => {
  it('makes room for at most eight times what has arrived, or 1024', () => {
    for (const claimed of [0, 1, 1023, 1024, 1025, 100_000, 2 ** 31 - 1, 1e12]) {
      for (const have of [0, 1, 200, 1024, 5000, 2 ** 20]) {
        expect(capacityFor(claimed, have)).toBeLessThanOrEqual(Math.max(1024, 8 * have));
      }
    }
  });

  it('grows to the claim exactly, in steps of eight', () => {
    for (const claimed of [1, 1024, 1025, 8193, 1_000_003, 2 ** 31 - 1]) {
      const steps: number[] = [];
      for (let have = 0; have < claimed; have = steps.at(-1)!) {
        const capacity = capacityFor(claimed, have);
        expect(capacity).toBeGreaterThan(have);
        steps.push(capacity);
      }
      expect(steps.at(-1)).toBe(claimed);
      expect(steps.length).toBeLessThanOrEqual(2 + Math.max(0, Math.log(claimed / 128) / Math.log(8)));
      const copied = steps.slice(0, -1).reduce((sum, step) => sum + step, 0);
      // 1/8 + 1/64 + … < 1/7; each step rounds up by one at the most.
      expect(copied).toBeLessThanOrEqual(claimed / 7 + steps.length);
    }
  });
});

describe('CloudBuilder', () => {
  it.each([0, 1, 3, 1024, 1025, 20_000])('collects %i points and their species in arrays that fit', (count) => {
    const builder = new CloudBuilder(true);
    builder.begin(count);
    for (let i = 0; i < count; i++) {
      expect(builder.isComplete).toBe(false);
      builder.species!.addInteger(i);
      builder.add(Float64Array.of(i, -i, i / 2));
    }
    expect([builder.isComplete, builder.length]).toEqual([true, count]);
    builder.end({}, 0);
    const cloud = builder.take();
    expect(cloud.points.buffer.byteLength).toBe(24 * count);
    expect(plainCloud(cloud)).toEqual({
      points: Array.from({ length: count }, (_, i) => [i, -i, i / 2]),
      species: Array.from({ length: count }, (_, i) => `${i}`),
    });
  });

  it('has no species unless they are asked for', () => {
    const builder = new CloudBuilder(false);
    builder.begin(1);
    builder.add(Float64Array.of(1, 2, 3));
    builder.end({}, 0);
    expect(builder.species).toBeUndefined();
    expect(plainCloud(builder.take())).toEqual({ points: [[1, 2, 3]] });
  });

  it('collects clouds one behind the other, and begins anew when they have been taken', () => {
    const builder = new CloudBuilder(true, [1, 'text']);
    const addCloud = (size: number, first: number): void => {
      builder.begin(size);
      for (let i = first; i < first + size; i++) addPoint(builder, i);
      builder.end({ label: size }, first);
    };
    for (const time of ['once', 'again']) {
      for (const [size, first] of [[3, 0], [0, 3], [700, 3], [2, 703]] as const) addCloud(size, first); // prettier-ignore
      expect([builder.count, builder.points], time).toEqual([4, 705]);
      builder.begin(5); // a cloud without points may be under way
      const { offsets, points, species, arrays, values, frames } = builder.take();
      expect([builder.count, builder.points, builder.length, builder.claimed]).toEqual([0, 0, 0, 5]);
      expect([...offsets]).toEqual([0, 3, 3, 703, 705]);
      expect([frames, values.map(({ label }) => label)]).toEqual([[0, 3, 3, 703], [3, 0, 700, 2]]); // prettier-ignore
      expect(points).toEqual(
        Float64Array.from({ length: 3 * 705 }, (_, i) => [1, -1, 0.5][i % 3]! * Math.floor(i / 3)),
      );
      expect(arrays[0]).toEqual(Float64Array.from({ length: 705 }, (_, i) => i));
      for (const texts of [species!, arrays[1] as PackedTexts]) {
        expect(Buffer.from(texts.bytes).toString()).toBe(Array.from({ length: 705 }, (_, i) => `${i}`).join(''));
        expect(texts.offsets).toHaveLength(706);
      }
    }
  });

  it('allocates for a thousand clouds of five points what a few arrays take', () => {
    const builder = new CloudBuilder(true);
    const before = process.memoryUsage().arrayBuffers;
    for (let cloud = 0; cloud < 1000; cloud++) {
      builder.begin(5);
      for (let i = 0; i < 5; i++) addPoint(builder, i);
      builder.end({}, cloud);
    }
    const { points, species } = builder.take();
    const bytes = points.byteLength + species!.bytes.byteLength + species!.offsets.byteLength;
    expect(points.buffer.byteLength).toBeLessThanOrEqual(2 * points.byteLength);
    // Arrays that have grown leave their predecessors, half as long, to be collected.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * bytes);
  });

  it('drops the cloud under way, and no other', () => {
    const builder = new CloudBuilder(true, ['text', 2]);
    builder.begin(1);
    addPoint(builder, 1);
    builder.end({}, 0);
    for (const left of [() => builder.drop(), () => {}]) {
      builder.begin(9);
      for (let i = 0; i < 5; i++) addPoint(builder, i);
      builder.species!.addInteger(7); // whose point has failed
      builder.leaveOut();
      expect(builder.length).toBe(6);
      left();
    }
    builder.begin(1);
    expect(builder.length).toBe(0);
    addPoint(builder, 2);
    builder.end({}, 3);
    const { points, species, arrays, frames, offsets } = builder.take();
    expect([...points]).toEqual([1, -1, 0.5, 2, -2, 1]);
    const texts = { bytes: bytesOf('12'), offsets: Int32Array.of(0, 1, 2) };
    expect([species, arrays[0]]).toEqual([texts, texts]);
    expect([arrays[1], frames, [...offsets]]).toEqual([Float64Array.of(1, 1, 2, 2), [0, 3], [0, 1, 2]]);
  });

  it('collects further values, and counts the points that are left out', () => {
    const builder = new CloudBuilder(false, [2, 'text']);
    builder.begin(3);
    const [numbers, texts] = builder.arrays;
    for (const i of [0, 2]) {
      builder.add(Float64Array.of(i, 0, 0));
      (numbers as NumberPacker).add(Float64Array.of(9, i, -i), 1);
      (texts as TextPacker).add(bytesOf(`t${i}`), 0, 2);
      if (i === 0) builder.leaveOut();
    }
    expect([builder.isComplete, builder.length]).toEqual([true, 3]);
    builder.end({}, 0);
    const { points, arrays } = builder.take();
    expect(points).toEqual(Float64Array.of(0, 0, 0, 2, 0, 0));
    expect(arrays).toEqual([
      Float64Array.of(0, -0, 2, -2),
      { bytes: bytesOf('t0t2'), offsets: Int32Array.of(0, 2, 4) },
    ]);
  });
});

/** Point number i, with further values of whatever kind. */
function addPoint(builder: CloudBuilder, i: number): void {
  builder.add(Float64Array.of(i, -i, i / 2));
  for (const packer of [builder.species, ...builder.arrays]) {
    if (packer instanceof TextPacker) packer.addInteger(i);
    else packer?.add(Float64Array.of(i, i), 0);
  }
}

describe('TextPacker', () => {
  it('writes integers as String does', () => {
    const values = [0, 1, 9, 10, 99, 100, 101, 12_345, 2 ** 32 - 1, 1e15, Number.MAX_SAFE_INTEGER];
    const all = values.flatMap((value) => [value, -value]);
    const packer = new TextPacker();
    for (const value of all) packer.addInteger(value);
    const { bytes, offsets } = packer.take();
    const texts = all.map((_, i) => Buffer.from(bytes.subarray(offsets[i], offsets[i + 1])).toString());
    expect(texts).toEqual(all.map((value) => `${value}`));
  });

  it('copies parts of its source, and tells what is not UTF-8', () => {
    const packer = new TextPacker();
    const source = bytesOf('aHéb');
    expect([packer.add(source, 1, 2), packer.add(source, 1, 4), packer.add(source, 2, 2)]).toEqual([true, true, true]);
    expect([packer.add(source, 2, 3), packer.add(Uint8Array.of(0xff), 0, 1)]).toEqual([false, false]);
    source.fill(0);
    const { bytes, offsets } = packer.take();
    expect(Buffer.from(bytes.subarray(0, offsets[3])).toString()).toBe('HHé');
    expect([...offsets]).toEqual([0, 1, 4, 4, 5, 6]);
  });
});

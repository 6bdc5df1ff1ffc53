import { describe, expect, it } from 'vitest';
import { capacityFor } from '#dist/clouds/capacity.js';
import { CloudBuilder } from '#dist/clouds/cloudBuilder.js';
import type { NumberPacker } from '#dist/clouds/numberPacker.js';
import { TextPacker } from '#dist/clouds/textPacker.js';
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
    const builder = new CloudBuilder(count, true);
    for (let i = 0; i < count; i++) {
      expect(builder.isComplete).toBe(false);
      builder.species!.addInteger(i);
      builder.add(Float64Array.of(i, -i, i / 2));
    }
    expect([builder.isComplete, builder.length]).toEqual([true, count]);
    const cloud = builder.finish();
    expect(cloud.points.buffer.byteLength).toBe(24 * count);
    expect(plainCloud(cloud)).toEqual({
      points: Array.from({ length: count }, (_, i) => [i, -i, i / 2]),
      species: Array.from({ length: count }, (_, i) => `${i}`),
    });
  });

  it('has no species unless they are asked for', () => {
    const builder = new CloudBuilder(1, false);
    builder.add(Float64Array.of(1, 2, 3));
    expect(builder.species).toBeUndefined();
    expect(plainCloud(builder.finish())).toEqual({ points: [[1, 2, 3]] });
  });
});

describe('CloudBuilder with values left out', () => {
  it('collects further values, and counts the points that are left out', () => {
    const builder = new CloudBuilder(3, false, [2, 'text']);
    const [numbers, texts] = builder.arrays;
    for (const i of [0, 2]) {
      builder.add(Float64Array.of(i, 0, 0));
      (numbers as NumberPacker).add(Float64Array.of(9, i, -i), 1);
      (texts as TextPacker).add(bytesOf(`t${i}`), 0, 2);
      if (i === 0) builder.leaveOut();
    }
    expect([builder.isComplete, builder.length]).toEqual([true, 3]);
    const { points, arrays } = builder.finish();
    expect(points).toEqual(Float64Array.of(0, 0, 0, 2, 0, 0));
    expect(arrays).toEqual([
      Float64Array.of(0, -0, 2, -2),
      { bytes: bytesOf('t0t2'), offsets: Int32Array.of(0, 2, 4) },
    ]);
  });
});

describe('TextPacker', () => {
  it('writes integers as String does', () => {
    const values = [0, 1, 9, 10, 99, 100, 101, 12_345, 2 ** 32 - 1, 1e15, Number.MAX_SAFE_INTEGER];
    const all = values.flatMap((value) => [value, -value]);
    const packer = new TextPacker(all.length);
    for (const value of all) packer.addInteger(value);
    const { bytes, offsets } = packer.finish();
    const texts = all.map((_, i) => Buffer.from(bytes.subarray(offsets[i], offsets[i + 1])).toString());
    expect(texts).toEqual(all.map((value) => `${value}`));
  });

  it('copies parts of its source, and tells what is not UTF-8', () => {
    const packer = new TextPacker(5);
    const source = bytesOf('aHéb');
    expect([packer.add(source, 1, 2), packer.add(source, 1, 4), packer.add(source, 2, 2)]).toEqual([true, true, true]);
    expect([packer.add(source, 2, 3), packer.add(Uint8Array.of(0xff), 0, 1)]).toEqual([false, false]);
    source.fill(0);
    const { bytes, offsets } = packer.finish();
    expect(Buffer.from(bytes.subarray(0, offsets[3])).toString()).toBe('HHé');
    expect([...offsets]).toEqual([0, 1, 4, 4, 5, 6]);
  });
});

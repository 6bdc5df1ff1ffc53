import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { encodePng } from '#dist/report/png.js';

/** CRC-32 bit by bit, as the standard's annex describes it. */
function plainCrc(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}

function chunksOf(png: Buffer): Map<string, Buffer> {
  const chunks = new Map<string, Buffer>();
  for (let at = 8; at < png.length;) {
    const length = png.readUInt32BE(at);
    expect(png.readUInt32BE(at + 8 + length)).toBe(plainCrc(png.subarray(at + 4, at + 8 + length)));
    chunks.set(png.toString('latin1', at + 4, at + 8), png.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  return chunks;
}

describe('encodePng(width, height, pixels, palette)', () => {
  const palette = [
    [1, 2, 3, 255],
    [4, 5, 6, 128],
    [7, 8, 9, 0],
  ] as const;
  const pixels = Uint8Array.of(0, 1, 2, 2, 1, 0);
  const png = Buffer.from(encodePng(3, 2, pixels, palette));

  it('writes signature and chunks in order, with checksums', () => {
    expect(png.subarray(0, 8).toString('latin1')).toBe('\u0089PNG\r\n\u001A\n');
    expect([...chunksOf(png).keys()]).toEqual(['IHDR', 'PLTE', 'tRNS', 'IDAT', 'IEND']);
  });

  it('holds the pixels, the palette and its opacities', () => {
    const chunks = chunksOf(png);
    expect([...chunks.get('IHDR')!]).toEqual([0, 0, 0, 3, 0, 0, 0, 2, 8, 3, 0, 0, 0]);
    expect([...chunks.get('PLTE')!]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect([...chunks.get('tRNS')!]).toEqual([255, 128, 0]);
    expect([...inflateSync(chunks.get('IDAT')!)]).toEqual([0, 0, 1, 2, 0, 2, 1, 0]); // a filter byte before each row
  });

  it('refuses pixels of another number, and palettes of another size', () => {
    expect(() => encodePng(2, 2, pixels, palette)).toThrow(new RangeError('pixels: expected 2 × 2, got 6'));
    expect(() => encodePng(3, 2, pixels, [])).toThrow(new RangeError('palette: expected 1 to 256 colours, got 0'));
  });
});

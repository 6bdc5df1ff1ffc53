import { crc32 } from 'node:zlib';
import { zlibSync } from 'fflate';

/** A colour of a palette: red, green, blue and opacity, each 0 to 255. */
export type PaletteColor = readonly [red: number, green: number, blue: number, alpha: number];

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const INDEXED_COLOR = 3;

/**
 * Encodes an image of palette indices, a byte each, rows from the top.
 * @throws RangeError if the pixels are not width × height, or the palette has not 1 to 256 colours
 * @see https://www.w3.org/TR/png-3/
 */
export function encodePng(
  width: number,
  height: number,
  pixels: Uint8Array,
  palette: readonly PaletteColor[],
): Uint8Array {
  if (pixels.length !== width * height) {
    throw new RangeError(`pixels: expected ${width} × ${height}, got ${pixels.length}`);
  }
  if (palette.length < 1 || palette.length > 256) {
    throw new RangeError(`palette: expected 1 to 256 colours, got ${palette.length}`);
  }
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8, INDEXED_COLOR, 0, 0, 0], 8); // bits; then deflate, the standard filters, no interlace
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('PLTE', Uint8Array.from(palette.flatMap(([red, green, blue]) => [red, green, blue]))),
    chunk(
      'tRNS',
      Uint8Array.from(palette, ([, , , alpha]) => alpha),
    ),
    chunk('IDAT', zlibSync(filteredRows(width, height, pixels), { level: 9 })),
    chunk('IEND', new Uint8Array(0)),
  ]);
}

/** Rows behind their filter byte. Indices are no quantities: filters do not help them, so none is applied. */
function filteredRows(width: number, height: number, pixels: Uint8Array): Uint8Array {
  const rows = new Uint8Array((width + 1) * height);
  for (let row = 0; row < height; row++) {
    rows.set(pixels.subarray(row * width, (row + 1) * width), row * (width + 1) + 1);
  }
  return rows;
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(data.length + 12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set(Buffer.from(type, 'latin1'), 4);
  bytes.set(data, 8);
  view.setUint32(data.length + 8, crc32(bytes.subarray(4, data.length + 8)));
  return bytes;
}

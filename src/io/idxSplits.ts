import { z } from 'zod';
import type { SplitWish } from './definition.js';
import { fileChunks } from './fileChunks.js';
import { openInput } from './paths.js';
import { evenRanges } from './splits.js';

/** Images of a pair of IDX files, with their labels. */
export const imageRange = z.strictObject({
  from: z.int().min(0),
  /** Exclusive; absent of the last split, which ends where the files do. */
  to: z.int().exactOptional(),
  /** Images that the whole file has. */
  of: z.int(),
});
type ImageRange = Readonly<z.output<typeof imageRange>>;

interface Header {
  readonly bytes: Uint8Array;
  readonly items: number;
  /** Of one item. */
  readonly itemBytes: number;
}

/** Ranges of images; none for files that are gzipped or damaged, or of different lengths: whoever decodes them as a whole tells. */
export async function imageRanges(paths: readonly string[], { most, decodedRows }: SplitWish): Promise<ImageRange[]> {
  if (decodedRows === undefined) return [];
  const headers = await Promise.all(paths.map(headerOf));
  const of = headers[0]?.items;
  if (of === undefined || headers.some((header) => header?.items !== of)) return [];
  const ranges = evenRanges(Math.ceil(of / decodedRows), most);
  return ranges.map(({ from, to }, i) =>
    i < ranges.length - 1 ? { from: from * decodedRows, to: to * decodedRows, of } : { from: from * decodedRows, of },
  );
}

/** Some items of an IDX file as a file of their own: its header tells how many they are. */
export async function* itemsOf(
  path: string,
  { from, to, of }: ImageRange,
  chunkBytes: number,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const header = await headerOf(path);
  if (!header) return yield* fileChunks(path, chunkBytes, signal); // it has changed: whoever decodes it tells
  const { bytes, itemBytes } = header;
  const head = bytes.slice();
  new DataView(head.buffer).setUint32(4, (to ?? of) - from);
  yield head;
  const placeOf = (item: number): number => bytes.length + item * itemBytes;
  yield* fileChunks(path, chunkBytes, signal, { from: placeOf(from), to: to === undefined ? undefined : placeOf(to) });
}

/** What a plain IDX file begins with: two zero bytes, the element type, the number of dimensions, each dimension as a big-endian uint32. */
async function headerOf(path: string): Promise<Header | undefined> {
  const file = await openInput(path);
  try {
    const magic = new Uint8Array(4);
    if ((await file.read(magic, 0, 4, 0)) < 4 || magic[0] !== 0 || magic[1] !== 0 || magic[3] === 0) return undefined;
    const bytes = new Uint8Array(4 + 4 * magic[3]!);
    if ((await file.read(bytes, 0, bytes.length, 0)) < bytes.length) return undefined;
    const view = new DataView(bytes.buffer);
    const [items = 0, ...sides] = Array.from({ length: magic[3]! }, (_, i) => view.getUint32(4 + 4 * i));
    return { bytes, items, itemBytes: sides.reduce((product, side) => product * side, 1) };
  } finally {
    await file.close();
  }
}

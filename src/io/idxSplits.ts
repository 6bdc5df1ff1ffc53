import { z } from 'zod';
import { type ItemsHeader, itemsHeader, setItems } from '../idx/itemsHeader.js';
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

/** More than any header has. */
const HEADER_BYTES = 4 + 4 * 255;

/** Ranges of images; none for files that are gzipped or damaged, or of different lengths: whoever decodes them as a whole tells. */
export async function imageRanges(paths: readonly string[], { most, decodedRows }: SplitWish): Promise<ImageRange[]> {
  if (decodedRows === undefined) return [];
  const headers = (await Promise.all(paths.map(headOf))).map(({ header }) => header);
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
  const { head, header } = await headOf(path);
  if (!header) return yield* fileChunks(path, chunkBytes, signal); // it has changed: whoever decodes it tells
  const start = head.slice(0, header.bytes);
  setItems(start, (to ?? of) - from);
  yield start;
  const placeOf = (item: number): number => header.bytes + item * header.itemBytes;
  yield* fileChunks(path, chunkBytes, signal, { from: placeOf(from), to: to === undefined ? undefined : placeOf(to) });
}

/** The first bytes of a file, and what they say of a plain IDX file. */
async function headOf(path: string): Promise<{ head: Uint8Array; header: ItemsHeader | undefined | null }> {
  const file = await openInput(path);
  try {
    const head = new Uint8Array(HEADER_BYTES);
    const length = await file.read(head, 0, HEADER_BYTES, 0);
    return { head, header: itemsHeader(head.subarray(0, length)) };
  } finally {
    await file.close();
  }
}

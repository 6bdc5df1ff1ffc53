import type { Data } from 'apache-arrow';

/** A view: its length and, of up to 12 bytes, all of them; of more the first 4, the number of their buffer, and where they begin in it. */
const VIEW_BYTES = 16;
const INLINE_BYTES = 12;

/** How long the text (or the bytes) of a row is. */
export function viewLength({ values }: Data, row: number): number {
  const views: Uint8Array = values;
  return new DataView(views.buffer, views.byteOffset + VIEW_BYTES * row, VIEW_BYTES).getInt32(0, true);
}

/** The text (or the bytes) of a row in a column of views. Not a copy. */
export function viewedBytes(data: Data, row: number): Uint8Array {
  const views: Uint8Array = data.values;
  const at = VIEW_BYTES * row;
  const length = viewLength(data, row);
  if (length <= INLINE_BYTES) return views.subarray(at + 4, at + 4 + length);
  const view = new DataView(views.buffer, views.byteOffset + at, VIEW_BYTES);
  const start = view.getInt32(12, true);
  return data.variadicBuffers[view.getInt32(8, true)]!.subarray(start, start + length);
}

/** Copies texts (or bytes) behind new views; undefined ones are null. */
export function makeViews(texts: readonly (Uint8Array | undefined)[]): { views: Uint8Array; bytes: Uint8Array } {
  const views = new Uint8Array(VIEW_BYTES * texts.length);
  const bytes = new Uint8Array(texts.reduce((sum, text) => sum + (isOutside(text) ? text.length : 0), 0));
  let used = 0;
  for (const [row, text] of texts.entries()) {
    if (!text) continue;
    const at = VIEW_BYTES * row;
    const view = new DataView(views.buffer, at, VIEW_BYTES);
    view.setInt32(0, text.length, true);
    views.set(isOutside(text) ? text.subarray(0, 4) : text, at + 4);
    if (!isOutside(text)) continue;
    view.setInt32(12, used, true);
    bytes.set(text, used);
    used += text.length;
  }
  return { views, bytes };
}

function isOutside(text: Uint8Array | undefined): text is Uint8Array {
  return text !== undefined && text.length > INLINE_BYTES;
}

/** Bytes up to this one separate fields: space, tab, carriage return and other controls. */
const SPACE = 32;

const SHOWN_CHARACTERS = 60;
const decoder = new TextDecoder();

/** The first byte of the next field from `at` on; `end` if there is none. */
export function fieldStart(bytes: Uint8Array, at: number, end: number): number {
  let start = at;
  while (start < end && bytes[start]! <= SPACE) start++;
  return start;
}

/** Where the field that begins at `start` ends, exclusive. */
export function fieldEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at]! > SPACE) at++;
  return at;
}

export function textOf(bytes: Uint8Array, start: number, end: number): string {
  return decoder.decode(bytes.subarray(start, end));
}

/** Text as a message shows it: in quotes, the beginning if it is long. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text);
}

/** Bytes up to this one separate fields: space, tab, carriage return and other controls. */
const SPACE = 32;

const SHOWN_CHARACTERS = 60;

/** What a terminal or an editor would obey instead of show: controls, marks of writing direction, invisible and lone characters. */
const UNSHOWN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

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

/** Text of a file as a message shows it: in quotes, the beginning if it is long, nothing in it that a terminal would obey. */
export function quoted(text: string): string {
  return escaped(JSON.stringify(beginning(text)));
}

/** A name out of a file, as `quoted` but without the quotes. */
export function shown(name: string): string {
  return escaped(beginning(name));
}

function beginning(text: string): string {
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}

function escaped(text: string): string {
  return text.replaceAll(UNSHOWN, (character) =>
    [...Array(character.length).keys()]
      .map((i) => String.raw`\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}

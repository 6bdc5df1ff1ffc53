import { decimalOf } from './decimal.js';
import { quoted, shown } from './text.js';

/** The type of the column `label`: a class from 0 to 255, a real number, or a text. */
export type LabelType = 'uint8' | 'float64' | 'utf8';

/** How labels are read. */
export interface LabelOptions {
  /** What the file calls it; by default clouds have none. */
  readonly label?: string | undefined;
  /** Words in the order of the classes that they become; without them the value itself is the label. */
  readonly classes?: readonly string[] | undefined;
}

const isClass = (text: string): boolean => /^0*\d{1,3}$/.test(text) && Number(text) <= 255;

/** The narrowest type that holds a label. */
export function labelTypeOf(text: string): LabelType {
  if (isClass(text)) return 'uint8';
  return Number.isFinite(decimalOf(text)) ? 'float64' : 'utf8';
}

/**
 * The label of a cloud as a file writes it.
 *
 * @param text undefined if there is none
 * @param type of the column
 * @param place what should have it, for the message
 * @param fail throws, with the file and line
 */
export function parseLabel(
  text: string | undefined,
  type: LabelType,
  { classes }: LabelOptions,
  place: string,
  fail: (detail: string) => never,
): number | string {
  const failWith = (expected: string): never =>
    fail(`expected ${place} with ${expected}, got ${text === undefined ? 'none' : quoted(text)}`);
  if (classes) {
    const number = text === undefined ? -1 : classes.indexOf(text);
    return number >= 0 ? number : failWith(`one of ${classes.map(shown).join(', ')} (option classes)`);
  }
  switch (type) {
    case 'uint8':
      if (text !== undefined && isClass(text)) return Number(text);
      return failWith('an integer from 0 to 255, as the first has (option label; classes for words)');
    case 'float64': {
      const value = decimalOf(text ?? '');
      return Number.isFinite(value)
        ? value
        : failWith('a finite number, as the first has (option label; classes for words)');
    }
    case 'utf8':
      return text ?? failWith('a text (option label)');
  }
}

import { quoted } from './text.js';

/**
 * The class of a cloud as a file writes it.
 *
 * @param place what should have it, for the message
 * @param fail throws, with the file and line
 */
export function parseLabel(text: string | undefined, place: string, fail: (detail: string) => never): number {
  const label = text !== undefined && /^\d+$/.test(text) ? Number(text) : Infinity;
  if (label <= 255) return label;
  return fail(
    `expected ${place} with an integer from 0 to 255 (option label), got ${text === undefined ? 'none' : quoted(text)}`,
  );
}

/** Colours are CSS variables, so that a page has them for light, dark and paper alike; `styles.ts` gives their values. */

export const CLASS_COLORS = 10;
export const SERIES_COLORS = 7;

/** Of a predicted class, 0 to 9. */
export function classColor(index: number): string {
  return `var(--class${index})`;
}

/** Of a line among others. */
export function seriesColor(index: number): string {
  return `var(--series${index % SERIES_COLORS})`;
}

/** A place on the continuous scale, 0 to 1: its lightness runs away from the background. */
export function rampColor(share: number): string {
  const clamped = Math.min(1, Math.max(0, share));
  const [from, to, part] = clamped < 0.5 ? ['low', 'middle', clamped * 2] : ['middle', 'high', clamped * 2 - 1];
  return `color-mix(in oklab, var(--${from}), var(--${to}) ${Math.round(part * 100)}%)`;
}

/**
 * Characters that a terminal acts on rather than shows, and those that turn the direction of text: controls but for tabs and line ends,
 * line separators and bidirectional controls.
 */
export const ACTIVE = /[^\t\n\P{Cc}]|[\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF]/gu;

/** Text of others, such as names and messages of files, for a terminal: what would act there is shown as JSON escapes it. */
export function visible(text: string): string {
  return text.replaceAll(ACTIVE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

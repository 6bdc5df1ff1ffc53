/** Texts that no message shows, with what stands for each. */
const hidden = new Map<string, string>();

/** Shorter ones would be found in words that mean something else. */
const FEWEST_CHARACTERS = 8;

/** From now on messages of this thread have the other text in its place: for what came from the environment. */
export function hide(text: string, shown: string): void {
  if (text.length >= FEWEST_CHARACTERS) hidden.set(text, shown);
}

/** The text without what is hidden. */
export function withoutHidden(text: string): string {
  let result = text;
  // Long ones first, which may contain others.
  const texts = [...hidden.keys()].toSorted((a, b) => b.length - a.length);
  for (const each of texts) result = result.replaceAll(each, () => hidden.get(each)!);
  return result;
}

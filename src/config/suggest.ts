import { distance } from 'fastest-levenshtein';

/** Longer ones are no names, and comparing takes the product of the lengths. */
const MAX_LENGTH = 200;

/** The candidate that `name` is most likely a misspelling of, if there is a likely one. */
export function suggest(name: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestErrors = Number.POSITIVE_INFINITY;
  if (name.length > MAX_LENGTH) return undefined;
  for (const candidate of candidates) {
    if (candidate.length > MAX_LENGTH) continue;
    const errors = spellingErrors(name.toLowerCase(), candidate.toLowerCase());
    if (candidate !== name && errors <= tolerance(name, candidate) && errors < bestErrors) {
      best = candidate;
      bestErrors = errors;
    }
  }
  return best;
}

/** `; did you mean soap?`, for the end of a message; empty if nothing is likely. */
export function didYouMean(name: string, candidates: Iterable<string>): string {
  const meant = suggest(name, candidates);
  return meant === undefined ? '' : `; did you mean ${meant}?`;
}

/** Edit distance, except that exchanged letters (`paht`) count as a single error. */
function spellingErrors(name: string, candidate: string): number {
  const edits = distance(name, candidate);
  return edits === 2 && sortedLetters(name) === sortedLetters(candidate) ? 1 : edits;
}

function sortedLetters(text: string): string {
  return text.split('').toSorted().join('');
}

/** One error in three letters: enough for real slips, too little to propose an unrelated short name. */
function tolerance(name: string, candidate: string): number {
  return Math.max(1, Math.floor(Math.max(name.length, candidate.length) / 3));
}

import { withoutHidden } from '../hidden.js';
import { shortened } from './describe.js';
import { MAX_DIAGNOSTICS, MAX_MESSAGE_CHARACTERS } from './limits.js';

/** A range within one line of a file. Lines and columns count from 1, columns in UTF-16 units; `endColumn` is exclusive. */
export interface FileLocation {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endColumn: number;
}

/** An argument of the command line, e.g. `--set rCut=-1`. */
export interface ArgumentLocation {
  readonly argument: string;
}

export type Location = FileLocation | ArgumentLocation;

/** What a diagnostic is about, and where that stands. */
export interface DocumentPlace {
  /** DocumentPlace in the document, e.g. `pipelines.sample.steps[1].soap.rCut`; empty for the whole of it. */
  readonly path: string;
  readonly location: Location;
  /** Where the value really came from or is used, when `location` alone does not tell. */
  readonly note?: string;
}

export interface Diagnostic extends DocumentPlace {
  readonly severity: 'error' | 'warning';
  readonly message: string;
  /** The spelling that was probably meant. */
  readonly suggestion?: string;
}

/** Collects what is wrong with a document, so that everything can be told at once. */
export class Diagnostics implements Iterable<Diagnostic> {
  readonly #byText = new Map<string, Diagnostic>();
  #omitted = 0;

  error(place: DocumentPlace, message: string, suggestion?: string): void {
    this.#add('error', place, message, suggestion);
  }

  warning(place: DocumentPlace, message: string, suggestion?: string): void {
    this.#add('warning', place, message, suggestion);
  }

  /** Mistakes beyond those that are kept. */
  get omitted(): number {
    return this.#omitted;
  }

  get hasErrors(): boolean {
    return [...this.#byText.values()].some(({ severity }) => severity === 'error');
  }

  /** By position: arguments of the command line first, then line by line; equal positions in the order of report. */
  sorted(): Diagnostic[] {
    return [...this.#byText.values()].toSorted((a, b) => comparePositions(a.location, b.location));
  }

  [Symbol.iterator](): Iterator<Diagnostic> {
    return this.sorted()[Symbol.iterator]();
  }

  /** Plain data, for `JSON.stringify`. */
  toJSON(): Diagnostic[] {
    return this.sorted();
  }

  /** A mistake in an anchor is met at each of its aliases; it is kept once. */
  #add(severity: Diagnostic['severity'], place: DocumentPlace, message: string, suggestion: string | undefined): void {
    const text = `${severity} ${formatLocation(place.location)} ${message}`;
    if (this.#byText.has(text)) return;
    // An error may not be lost behind warnings: it decides whether the file is sound.
    if (this.#byText.size >= MAX_DIAGNOSTICS && (severity === 'warning' || this.hasErrors)) {
      this.#omitted++;
      return;
    }
    this.#byText.set(text, {
      severity,
      message: shortened(withoutHidden(message), MAX_MESSAGE_CHARACTERS),
      ...place,
      ...(suggestion !== undefined && { suggestion }),
    });
  }
}

/** `pipelines.yaml:12:9`, or the argument. */
export function formatLocation(location: Location): string {
  return 'argument' in location ? location.argument : `${location.file}:${location.line}:${location.column}`;
}

function comparePositions(a: Location, b: Location): number {
  if ('argument' in a) return 'argument' in b ? 0 : -1;
  if ('argument' in b) return 1;
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.line - b.line || a.column - b.column;
}

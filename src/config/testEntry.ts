import type { DocumentPlace } from './diagnostics.js';
import type { ComponentEntry } from './grammar.js';
import type { Path } from './paths.js';
import type { Setting } from './settings.js';
import type { TestOptions } from './testOptions.js';

/** Rows as the file writes them. */
export interface RowList {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  readonly path: Path;
}

/** A test as the file declares it. */
export interface TestEntry {
  readonly name: string;
  readonly path: Path;
  readonly pipeline: string;
  /** Ids of the first and of the last step that are run. */
  readonly from?: string;
  readonly to?: string;
  /** What arrives at the first step: rows, or the source of a small file. */
  readonly input: RowList | ComponentEntry;
  /** By the pipeline that is fitted on them first. */
  readonly fit: ReadonlyMap<string, RowList | ComponentEntry>;
  readonly set: readonly Setting[];
  readonly expect: NonNullable<TestOptions['expect']>;
  readonly tolerance: number;
  /** As that of the document. */
  readonly locate: (path: Path, part: 'key' | 'value') => DocumentPlace;
}

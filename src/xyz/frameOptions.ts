import type { ValueShape } from '../clouds/cloud.js';
import type { LabelOptions } from '../clouds/label.js';
import type { LeaveOutOptions } from '../clouds/leftOut.js';

/** What is read of a frame beside its points. */
export interface XyzOptions extends LabelOptions, LeaveOutOptions {
  /** Property that is the species; by default the first of the usual names. Atomic numbers become symbols. */
  readonly species?: string | undefined;
  /** Whether the lattice is wanted; frames without one are clusters. */
  readonly cell?: boolean | undefined;
  /** Further keys of the comment line, and what their values are. */
  readonly info?: Readonly<Record<string, ValueShape>> | undefined;
  /** Further properties of points, and what their values are. */
  readonly arrays?: Readonly<Record<string, ValueShape>> | undefined;
}

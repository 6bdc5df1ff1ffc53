/**
 * A run of consecutive steps as plain data, which travels as JSON: whoever has the operators can run it, on this thread, another one,
 * in another process or in a browser.
 */
export interface Segment {
  /** Names the pipeline in messages. */
  readonly pipeline: string;
  readonly steps: readonly SegmentStep[];
}

/** A step that batches stream through: an operator, or a fitted one that is applied. */
export interface SegmentStep {
  /** Unique within the pipeline. */
  readonly id: string;
  /** The operator's name, or where its module is. */
  readonly operator: string;
  /** As the operator's schema gave them out. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Where the fitted model is, of one that is applied. */
  readonly artifact?: string;
  /** What becomes of rows that fail; without it the first ends the stream. */
  readonly onError?: 'deadLetter';
}

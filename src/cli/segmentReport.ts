import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { messageOf, PipelineError } from '../errors.js';
import type { MetricRow } from '../arrow/schemas.js';
import type { DeadLetter } from '../segment/deadLetter.js';

/** What `soapstream segment` says of itself, a line of JSON each. */
export type SegmentLine =
  | {
      readonly type: 'hello';
      readonly soapstream: string;
      readonly node: string;
      readonly pipeline: string;
      readonly steps: readonly string[];
    }
  /** All that came of a batch has been written: of that one. */
  | {
      readonly type: 'batch';
      readonly batch: number;
      readonly rowsIn: number;
      readonly batchesOut: number;
      readonly rowsOut: number;
    }
  | ({ readonly type: 'progress' } & RowCounts)
  | ({ readonly type: 'metric'; readonly step: string } & MetricRow)
  /** A row that failed, of a step with `onError: deadLetter`. */
  | ({ readonly type: 'deadLetter'; readonly step: string } & DeadLetter)
  /** The last one of a stream that was worked on to its end: whoever reads the rows compares their number with it. */
  | ({ readonly type: 'end' } & RowCounts);

export interface RowCounts {
  readonly batchesIn: number;
  readonly rowsIn: number;
  readonly batchesOut: number;
  readonly rowsOut: number;
  /** Where steps may have some. */
  readonly deadLetters?: number;
}

/** Writes lines to a file, or to a descriptor that the caller has opened. */
export class SegmentReport {
  readonly #stream: WriteStream | undefined;
  #failure: unknown;

  /** @param target path, or number of the descriptor; nothing is written if absent */
  constructor(target: string | undefined) {
    if (target === undefined) return;
    const fd = /^\d+$/.test(target) ? Number(target) : undefined;
    this.#stream = createWriteStream(target, fd === undefined ? {} : { fd });
    this.#stream.on('error', (error) => {
      this.#failure ??= error;
    });
  }

  write(line: SegmentLine): void {
    this.#stream?.write(`${JSON.stringify(line)}\n`);
  }

  /** @throws PipelineError `outputFailed` if not all lines could be written */
  async close(): Promise<void> {
    if (!this.#stream) return;
    if (this.#failure === undefined) {
      this.#stream.end();
      await once(this.#stream, 'close').catch(() => {}); // its error has been noted
    }
    if (this.#failure !== undefined) {
      throw new PipelineError('outputFailed', `--report: ${messageOf(this.#failure)}`, { cause: this.#failure });
    }
  }
}

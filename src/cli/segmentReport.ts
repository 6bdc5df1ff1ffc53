import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { messageOf, PipelineError } from '../errors.js';

/** How often a process says that it is alive. */
export const PROGRESS_MS = 1000;

/** What `soapstream segment` says of itself, a line of JSON each as docs/segments.md explains it: to a file, or to an open descriptor. */
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

  write(type: string, facts: object): void {
    this.#stream?.write(`${JSON.stringify({ type, ...facts })}\n`);
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

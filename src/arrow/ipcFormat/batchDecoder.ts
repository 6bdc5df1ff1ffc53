import { type Data, type DataType, makeData, type RecordBatch, Vector } from 'apache-arrow';
import { recordBatch } from '../columns.js';
import { readColumns, type ReadingContext } from './columnReader.js';
import { DamagedIpc } from './flatTable.js';
import type { BatchHeader } from './message.js';
import type { IpcSchema } from './schemaTable.js';

/**
 * Turns the messages of an Arrow stream into batches, in their order: a batch has the dictionaries that came before it. It shares
 * them with other batches, and has the body of its own message for itself.
 */
export class BatchDecoder {
  readonly #schema: IpcSchema;
  readonly #context: ReadingContext;
  /** Parts of each dictionary: the first, and what deltas have added. */
  readonly #parts = new Map<number, Data[]>();
  /** The dictionaries that batches have asked for since they changed. */
  readonly #vectors = new Map<number, Vector>();

  /** @param place what messages of `badData` begin with */
  constructor(schema: IpcSchema, place: string) {
    this.#schema = schema;
    const dictionary = (id: number, type: DataType): Vector => this.#dictionary(id, type);
    this.#context = { place, bigEndian: schema.bigEndian, dictionary };
  }

  hasDictionary(id: number): boolean {
    return this.#parts.has(id);
  }

  /** @throws DamagedIpc; PipelineError `badData` beyond the limit of expansion */
  addDictionary(
    { id, isDelta, values }: { readonly id: number; readonly isDelta: boolean; readonly values: BatchHeader },
    body: Uint8Array<ArrayBuffer>,
  ): void {
    const type = this.#schema.dictionaries.get(id);
    if (!type) throw new DamagedIpc(`dictionary ${id} belongs to no column`);
    const [part] = readColumns([type], values, body, this.#context);
    const known = this.#parts.get(id);
    if (isDelta && known) known.push(part!);
    else this.#parts.set(id, [part!]);
    this.#vectors.delete(id);
  }

  /** @throws DamagedIpc; PipelineError `badData` beyond the limit of expansion */
  batch(header: BatchHeader, body: Uint8Array<ArrayBuffer>): RecordBatch {
    const { schema } = this.#schema;
    const types = schema.fields.map(({ type }) => type as DataType);
    return recordBatch(schema, header.rows, readColumns(types, header, body, this.#context));
  }

  /** A column without any value may come without its dictionary. */
  #dictionary(id: number, type: DataType): Vector {
    const known = this.#vectors.get(id);
    if (known) return known;
    const parts = this.#parts.get(id) ?? [makeData({ type, length: 0 } as never) as Data];
    const vector = new Vector(parts);
    this.#vectors.set(id, vector);
    return vector;
  }
}

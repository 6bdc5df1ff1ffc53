import { type Data, DataType } from 'apache-arrow';
import { isViews } from '../arrow/kinds.js';
import { viewLength } from '../arrow/views.js';

/**
 * Memory that rows `from` to `to` (exclusive) of a column take by themselves, in bytes: the same for the same rows, whatever
 * batch they are in. A row's validity counts as a bit whether or not there are nulls.
 */
export function rowBytes(data: Data, from: number, to: number): number {
  const { type, stride, children } = data;
  const rows = to - from;
  const validity = rows / 8;
  if (DataType.isFixedSizeList(type))
    return validity + rowBytes(children[0]!, from * type.listSize, to * type.listSize);
  if (DataType.isStruct(type)) return children.reduce((sum, child) => sum + rowBytes(child, from, to), validity);
  if (DataType.isBool(type)) return validity + rows / 8;
  if (DataType.isNull(type)) return 0;
  const offsets: Int32Array | BigInt64Array | undefined = data.valueOffsets;
  if (offsets) {
    const [start, end] = rows > 0 ? [Number(offsets[from]), Number(offsets[to])] : [0, 0];
    const content = children[0] ? rowBytes(children[0], start, end) : end - start;
    return validity + rows * offsets.BYTES_PER_ELEMENT + content;
  }
  const values: Uint8Array = data.values;
  if (isViews(type)) {
    let content = 0;
    for (let row = from; row < to; row++) content += viewLength(data, row);
    return validity + rows * stride + content;
  }
  return validity + rows * stride * values.BYTES_PER_ELEMENT;
}

import { DataType } from 'apache-arrow';
import type { ColumnExpectation } from '../arrow/expectations.js';
import { typeName } from '../arrow/typeName.js';

/** The column of images, of any height and width. */
export const grayscale: ColumnExpectation = {
  name: 'pixels',
  type: 'fixed_size_list<fixed_size_list<uint8, width>, height>',
  accepts: (type) =>
    DataType.isFixedSizeList(type) &&
    DataType.isFixedSizeList(type.valueType) &&
    typeName(type.valueType.valueType) === 'uint8',
};

/** Height and width, as the type of the column carries them. */
export function imageShape(type: DataType): { height: number; width: number } {
  if (!DataType.isFixedSizeList(type) || !DataType.isFixedSizeList(type.valueType)) throw new TypeError('not an image');
  return { height: type.listSize, width: type.valueType.listSize };
}

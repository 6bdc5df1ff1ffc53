import { DataType, type FixedSizeList } from 'apache-arrow';
import { isConvertible } from '../../arrow/convertColumn.js';
import { type ColumnExpectation, ofUnknownLength } from '../../arrow/expectations.js';
import { pixelsField } from '../../arrow/schemas.js';
import { typeName } from '../../arrow/typeName.js';

/** The column of images, of any height and width. */
export const grayscale: ColumnExpectation = {
  name: 'pixels',
  type: 'fixed_size_list<fixed_size_list<uint8, width>, height>',
  accepts: (type) => isImage(type) && typeName(type.valueType.valueType) === 'uint8',
  convertsTo(type) {
    if (!isImage(type)) return undefined;
    const pixels = pixelsField(type.listSize, type.valueType.listSize).type;
    return isConvertible(type, pixels) ? pixels : undefined;
  },
  remark: (type) => ofUnknownLength(DataType.isFixedSizeList(type) ? type.valueType : type),
};

function isImage(type: DataType): type is FixedSizeList<FixedSizeList> {
  return DataType.isFixedSizeList(type) && DataType.isFixedSizeList(type.valueType);
}

/** Height and width, as the type of the column carries them. */
export function imageShape(type: DataType): { height: number; width: number } {
  if (!isImage(type)) throw new TypeError('not an image');
  return { height: type.listSize, width: type.valueType.listSize };
}

/** `soapstream/arrow`: the columns that operators read and give, batches made of arrays, and Arrow IPC as bytes. Nothing of Node. */
export {
  bytesSchema,
  cellField,
  centerField,
  centerPositionsField,
  centersField,
  derivativesField,
  featureField,
  imageField,
  imagesSchema,
  labelField,
  type MetricRow,
  metricsSchema,
  nCentersField,
  pbcField,
  pixelsField,
  pointCloudsSchema,
  pointsField,
  positionField,
  type Precision,
  predictedField,
  probabilitiesField,
  speciesField,
} from '../arrow/schemas.js';
export {
  column,
  fixedSizeListColumn,
  flatValues,
  listColumn,
  listElements,
  listOffsets,
  numberColumn,
  recordBatch,
} from '../arrow/columns.js';
export { changeFields, fieldNamed, withColumns } from '../arrow/fields.js';
export { gather, type RowSelection } from '../arrow/gather.js';
export { adoptBatch } from '../arrow/adoptBatch.js';
export { type PlainValue, plainValue } from '../arrow/plainValue.js';
export { typeName } from '../arrow/typeName.js';
export { decodeIpc, encodeIpc, type IpcStream, openIpcStream } from '../arrow/ipcStream.js';

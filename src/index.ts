/**
 * `soapstream` in Node: the names of `api/all.ts`, which has the types. A room loads when something of it is used for the first time, since Arrow,
 * RxJS and zod together take half a second.
 */
import { createRequire } from 'node:module';
import type { z as zod } from 'zod';
import type * as arrowRoom from './api/arrow.js';
import type * as flowRoom from './api/flow.js';
import type * as ioRoom from './api/io.js';
import type * as operatorsRoom from './api/operators.js';
import type * as pipelinesRoom from './api/pipelines.js';
import { LazyModule } from './lazily.js';

const require = createRequire(import.meta.url);
const operators = new LazyModule(() => require('./api/operators.js') as typeof operatorsRoom);
const arrow = new LazyModule(() => require('./api/arrow.js') as typeof arrowRoom);
const flow = new LazyModule(() => require('./api/flow.js') as typeof flowRoom);
const io = new LazyModule(() => require('./api/io.js') as typeof ioRoom);
const pipelines = new LazyModule(() => require('./api/pipelines.js') as typeof pipelinesRoom);

export const {
  batchOperator,
  classify,
  classifyImages,
  compress,
  correlate,
  decodeMnist,
  defineOperator,
  exactly,
  featureVector,
  filter,
  filterRows,
  fitClassify,
  fitCompress,
  fitRobustRescale,
  flattenPixels,
  ifPresent,
  imageToXyz,
  poolImages,
  reservoirSample,
  robustRescale,
  select,
  soap,
  transformImage,
  xyzToImage,
} = operators.functions;
export const { classifyStep, compressStep, robustRescaleStep } = operators.objects;
export const z: typeof zod = operators.objects.z;

export const {
  changeFields,
  column,
  decodeIpc,
  encodeIpc,
  fieldNamed,
  fixedSizeListColumn,
  flatValues,
  gather,
  imagesSchema,
  listColumn,
  listOffsets,
  numberColumn,
  openIpcStream,
  recordBatch,
  withColumns,
} = arrow.functions;
export const {
  bytesSchema,
  cellField,
  centerPositionsField,
  centersField,
  imageField,
  labelField,
  metricsSchema,
  pbcField,
  pointCloudsSchema,
  pointsField,
  speciesField,
} = arrow.objects;

export const { Channel, fromPull, Gate, mapAsync, mapOrdered, through, throughEach, toTransformStream } =
  flow.functions;

export const { checkpointsBeside, loadFitted, openSource, saveFitted, toDuplex, writeBatches } = io.functions;
export const { arrowSink, arrowSource, idxSource, parquetSink, parquetSource, plySource, xyzSource } = io.objects;

export const { checkSweeps, loadPlan, planOf, renderDiagnostics, runPlan, runSweep } = pipelines.functions;

export { PipelineError } from './errors.js';

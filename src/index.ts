/**
 * `soapstream` in Node: the names of `api/all.ts`, which has the types. A room loads when something of it is used for the first time, since Arrow,
 * RxJS and zod together take half a second.
 */
import { createRequire } from 'node:module';
import { LazyModule } from './lazily.js';

const require = createRequire(import.meta.url);
const operators = new LazyModule(() => require('./api/operators.js') as typeof import('./api/operators.js'));
const arrow = new LazyModule(() => require('./api/arrow.js') as typeof import('./api/arrow.js'));
const flow = new LazyModule(() => require('./api/flow.js') as typeof import('./api/flow.js'));
const io = new LazyModule(() => require('./api/io.js') as typeof import('./api/io.js'));
const pipelines = new LazyModule(() => require('./api/pipelines.js') as typeof import('./api/pipelines.js'));

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
export const z: typeof import('zod').z = operators.objects.z;

export const {
  changeFields,
  column,
  decodeIpc,
  encodeIpc,
  fieldNamed,
  fixedSizeListColumn,
  flatValues,
  gather,
  listColumn,
  listOffsets,
  numberColumn,
  openIpcStream,
  recordBatch,
  withColumns,
} = arrow.functions;

export const { Channel, fromPull, Gate, mapAsync, mapOrdered, through, throughEach, toTransformStream } =
  flow.functions;

export const { checkpointsBeside, loadFitted, openSource, saveFitted, toDuplex, writeBatches } = io.functions;
export const { arrowSink, arrowSource, idxSource, parquetSink, parquetSource, plySource, xyzSource } = io.objects;

export const { checkSweeps, loadPlan, planOf, renderDiagnostics, runPlan, runSweep } = pipelines.functions;

export { PipelineError } from './errors.js';

/**
 * SOAP descriptors of point clouds as a stream: RxJS operators over Apache Arrow record batches, composed in YAML. What there is under
 * `soapstream`: the names that most programs need, of all rooms. Each room has a path of its own with all of its names.
 */

// The operators.
export { decodeMnist } from '../operators/decodeMnist.js';
export { transformImage } from '../operators/transformImage.js';
export { imageToXyz } from '../operators/imageToXyz.js';
export { xyzToImage } from '../operators/xyzToImage.js';
export { flattenPixels } from '../operators/flattenPixels.js';
export { reservoirSample } from '../operators/reservoirSample.js';
export { soap } from '../operators/soap.js';
export { poolImages } from '../operators/poolImages.js';
export { type FittedScaler, fitRobustRescale, robustRescale, robustRescaleStep } from '../operators/robustRescale.js';
export { compress, type Compressor, compressStep, fitCompress, type FittedCompression } from '../operators/compress.js';
export { classify, classifyStep, fitClassify, type FittedClassifier } from '../operators/classify.js';
export { classifyImages } from '../operators/classifyImages.js';
export { correlate } from '../operators/correlate.js';
export { filter, filter as filterRows } from '../operators/filter.js';
export { select } from '../operators/select.js';
export { loadFitted, saveFitted } from '../operators/frame/storedFit.js';
export { type CheckpointStore, checkpointsBeside } from '../io/checkpoints.js';

// The data between them.
export {
  bytesSchema,
  cellField,
  centerPositionsField,
  centersField,
  imageField,
  imagesSchema,
  labelField,
  metricsSchema,
  type MetricRow,
  pbcField,
  pointCloudsSchema,
  pointsField,
  speciesField,
} from '../arrow/schemas.js';
export {
  column,
  fixedSizeListColumn,
  flatValues,
  listColumn,
  listOffsets,
  numberColumn,
  recordBatch,
} from '../arrow/columns.js';
export { changeFields, fieldNamed, withColumns } from '../arrow/fields.js';
export { gather, type RowSelection } from '../arrow/gather.js';
export { decodeIpc, encodeIpc, openIpcStream, type IpcStream } from '../arrow/ipcStream.js';
export { type ColumnExpectation, exactly, featureVector, ifPresent } from '../arrow/expectations.js';

// Files.
export type { Sink, SinkDefinition, SinkReport, Source, SourceDefinition } from '../io/definition.js';
export { openSource, writeBatches } from '../io/open.js';
export { arrowSink } from '../io/arrowSink.js';
export { arrowSource } from '../io/arrowSource.js';
export { idxSource } from '../io/idx.js';
export { parquetSink } from '../io/parquetSink.js';
export { parquetSource } from '../io/parquetSource.js';
export { plySource } from '../io/ply.js';
export { xyzSource } from '../io/xyz.js';

// Streams that can be made to wait.
export { Channel, type ChannelLimits } from '../flow/channel.js';
export { fromPull } from '../flow/fromPull.js';
export { Gate } from '../flow/gate.js';
export { mapAsync, type MapAsyncOptions } from '../flow/mapAsync.js';
export { mapOrdered } from '../flow/mapOrdered.js';
export { through } from '../flow/through.js';
export { throughEach } from '../flow/throughEach.js';
export { toDuplex } from '../flow/toDuplex.js';
export { toTransformStream, type WebStreamPair } from '../flow/toTransformStream.js';

// Pipelines from YAML.
export { loadPlan, type LoadedPlan, type LoadOptions, planOf } from '../pipelines/loadPlan.js';
export type { PipelinePlan, Plan } from '../pipelines/plan.js';
export type { PipelineMonitor, StepMeter } from '../pipelines/monitor.js';
export type { MetricRecord } from '../pipelines/metricsBatch.js';
export type { PipelineReport } from '../pipelines/runPipeline.js';
export { runPlan, type RunOptions } from '../pipelines/runPlan.js';
export type { RunRecord, StepReport } from '../io/runRecord.js';
export { checkSweeps } from '../sweeps/checkSweeps.js';
export { runSweep, type SweepReport, type SweepRunOptions } from '../sweeps/runSweep.js';
export type { SweepMonitor } from '../sweeps/sweepMonitor.js';
export type { Diagnostic, Diagnostics } from '../config/diagnostics.js';
export { renderDiagnostics } from '../config/renderDiagnostics.js';

// Operators of one's own.
export { batchOperator, type BatchTransform } from '../operators/frame/batchOperator.js';
export { defineOperator } from '../operators/frame/defineOperator.js';
export type {
  BatchOperator,
  Fit,
  Fitted,
  FittedDefinition,
  StepContext,
  StreamDefinition,
} from '../operators/frame/definition.js';
export { z } from 'zod';

export { type ErrorCode, PipelineError, type Place } from '../errors.js';

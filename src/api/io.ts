/** `soapstream/io`: files, the folders of fitted models, and the streams of Node. */
export type { IoContext, Sink, SinkDefinition, SinkReport, Source, SourceDefinition } from '../io/definition.js';
export { openSource, writeBatches } from '../io/open.js';
export { arrowSink } from '../io/arrowSink.js';
export { arrowSource } from '../io/arrowSource.js';
export { idxSource } from '../io/idx.js';
export { parquetSink } from '../io/parquetSink.js';
export { parquetSource } from '../io/parquetSource.js';
export { plySource } from '../io/ply.js';
export { xyzSource } from '../io/xyz.js';
export { type CheckpointStore, checkpointsBeside } from '../io/checkpoints.js';
export { loadFitted, saveFitted } from '../operators/frame/storedFit.js';
export { toDuplex } from '../flow/toDuplex.js';

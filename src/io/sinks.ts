import { arrowSink } from './arrowSink.js';
import type { SinkDefinition } from './definition.js';
import { parquetSink } from './parquetSink.js';

/** Every sink that a pipeline file can name. */
export const sinks: readonly SinkDefinition[] = [parquetSink, arrowSink];

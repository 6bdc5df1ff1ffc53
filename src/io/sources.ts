import { arrowSource } from './arrowSource.js';
import type { SourceDefinition } from './definition.js';
import { idxSource } from './idx.js';
import { parquetSource } from './parquetSource.js';
import { plySource } from './ply.js';
import { xyzSource } from './xyz.js';

/** Every source that a pipeline file can name. */
export const sources: readonly SourceDefinition[] = [idxSource, xyzSource, plySource, parquetSource, arrowSource];

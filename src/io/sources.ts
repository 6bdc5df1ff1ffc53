import { arrowSource } from './arrowSource.js';
import type { SourceDefinition } from './definition.js';
import { idxSource } from './idx.js';
import { parquetSource } from './parquetSource.js';

/** Every source that a pipeline file can name. */
export const sources: readonly SourceDefinition[] = [idxSource, parquetSource, arrowSource];

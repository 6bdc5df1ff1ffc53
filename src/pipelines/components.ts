import { sinks } from '../io/sinks.js';
import { sources } from '../io/sources.js';
import { operators } from '../operators/table.js';
import type { Catalogue } from '../config/catalogue.js';
import { fileParts } from '../config/sweepOptions.js';
import { testPart } from '../config/testOptions.js';

/** Everything of the library that a pipeline file may name. */
export const components: Catalogue = { sources, sinks, operators, parts: [...fileParts, testPart] };

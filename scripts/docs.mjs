// Writes docs/operators.md and docs/pipelines.schema.json from the definitions of sources, operators and sinks, and from the examples of
// operators, which it runs.
//
//     npm run docs

import { writeFileSync } from 'node:fs';
import { pipelineFileSchema } from '#dist/config/jsonSchema.js';
import { components } from '#dist/pipelines/components.js';
import { markdownReference } from './support/markdownReference.mjs';
import { workedExamples } from './support/workedExamples.mjs';

writeFileSync('docs/operators.md', markdownReference(components, await workedExamples()));
writeFileSync('docs/pipelines.schema.json', `${JSON.stringify(pipelineFileSchema(components), null, 2)}\n`);

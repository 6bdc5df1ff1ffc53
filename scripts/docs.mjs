// Writes docs/operators.md and docs/pipelines.schema.json from the definitions of sources, operators and sinks.
//
//     npm run docs

import { writeFileSync } from 'node:fs';
import { pipelineFileSchema } from '#dist/config/jsonSchema.js';
import { markdownReference } from '#dist/config/reference.js';
import { components } from '#dist/pipelines/components.js';

writeFileSync('docs/operators.md', markdownReference(components));
writeFileSync('docs/pipelines.schema.json', `${JSON.stringify(pipelineFileSchema(components), null, 2)}\n`);

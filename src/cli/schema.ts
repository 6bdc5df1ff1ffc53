import { components } from '../pipelines/components.js';
import { pipelineFileSchema } from '../config/jsonSchema.js';
import { exitCodes } from './exitCodes.js';
import { print } from './print.js';

/** `soapstream schema`: the JSON Schema of pipeline files, for editors. @returns the exit code */
export function schema(): number {
  print(JSON.stringify(pipelineFileSchema(components), null, 2));
  return exitCodes.success;
}

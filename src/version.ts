import { createRequire } from 'node:module';
import { dirname } from 'node:path';

const require = createRequire(import.meta.url);

/** The version of soapstream. */
export function soapstreamVersion(): string {
  return (require('soapstream/package.json') as { version: string }).version;
}

/** The folder of the npm package. */
export function packageFolder(): string {
  return dirname(require.resolve('soapstream/package.json'));
}

import { createRequire } from 'node:module';

/** The version of soapstream. */
export function soapstreamVersion(): string {
  return (createRequire(import.meta.url)('soapstream/package.json') as { version: string }).version;
}

import { basename } from 'node:path';
import { mapLeaves } from '../config/paths.js';
import { escaped } from '../config/template.js';
import type { Segment, SegmentStep } from '../segment/segment.js';

/**
 * The steps of a segment as a pipeline file of their own, which needs no other pipeline, no variable and no profile. Fitted models keep
 * their names, to be found in `artifacts` of whatever output folder. Rows that fail end the stream: nothing there takes dead letters.
 */
export function segmentFile({ pipeline, steps }: Segment): object {
  const stream = { arrow: { path: '-' } };
  return { pipelines: { [pipeline]: { source: stream, steps: steps.map(entryOf), sinks: [stream] } } };
}

function entryOf({ id, operator, options, artifact }: SegmentStep): object {
  const written = mapLeaves(options, (leaf) => (typeof leaf === 'string' ? escaped(leaf) : leaf)) as object;
  return { id, [operator]: { ...(artifact !== undefined && { apply: basename(artifact) }), ...written } };
}

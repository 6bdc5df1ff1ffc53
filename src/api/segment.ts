/** `soapstream/segment`: steps as plain data, and their run over batches wherever they are. Nothing of Node. */
export { runSegment, type SegmentInput, type SegmentSettings } from '../segment/runSegment.js';
export { openSegment, type OpenSegment, type SegmentHost } from '../segment/openSegment.js';
export type { DeadLetter } from '../segment/deadLetter.js';
export type { Segment, SegmentStep } from '../segment/segment.js';

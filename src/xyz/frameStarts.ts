import { LineReader } from '../clouds/lineReader.js';
import { fieldStart, textOf } from '../clouds/text.js';
import { pointCount } from './pointCount.js';

/** Where a frame begins: with its number of points. */
export interface FrameStart {
  readonly frame: number;
  /** From 1. */
  readonly line: number;
  /** In bytes. */
  readonly position: number;
}

/**
 * Where the frames of an XYZ file begin, as `XyzParser` finds them; points are passed over without being read. What is undefined ends it:
 * there is something between frames that `XyzParser` has to judge.
 */
export async function* frameStarts(
  name: string,
  content: AsyncIterable<Uint8Array>,
): AsyncGenerator<FrameStart | undefined, void, undefined> {
  const lines = new LineReader(name);
  let frame = 0;
  /** Lines of the frame that are still to come. */
  let rest = 0;
  function* found(): Generator<FrameStart | undefined> {
    while (lines.next()) {
      const { bytes, start, end, number: line, position } = lines;
      if (rest > 0) rest--;
      else if (fieldStart(bytes, start, end) < end) {
        const count = pointCount(bytes, start, end);
        if (count !== undefined) {
          yield { frame: frame++, line, position };
          rest = 1 + count;
        } else if (!/^VEC[1-3]\s/i.test(textOf(bytes, start, end).trim())) yield undefined;
      }
    }
  }
  for await (const chunk of content) {
    lines.push(chunk);
    yield* found();
  }
  lines.finish();
  yield* found();
}

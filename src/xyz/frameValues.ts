import type { CloudValues, ValueShape } from '../clouds/cloud.js';
import { type LabelType, parseLabel } from '../clouds/label.js';
import { quoted, shown } from '../clouds/text.js';
import type { CommentLine, FailComment } from './commentLine.js';
import type { XyzOptions } from './frameOptions.js';
import { flatDecimalsOf } from './numbers.js';

/** Label and further values as the comment line tells them. @param fail throws, with the place */
export function frameValues(
  comment: CommentLine,
  options: XyzOptions,
  labelType: LabelType,
  fail: FailComment,
): Pick<CloudValues, 'label' | 'info'> {
  const { label, info } = options;
  return {
    ...(label !== undefined && {
      label: parseLabel(comment.value(label, fail), labelType, options, `${shown(label)}=`, fail),
    }),
    ...(info && {
      info: Object.entries(info).map(([key, shape]) => valueOf(comment.value(key, fail), key, shape, fail)),
    }),
  };
}

function valueOf(text: string | undefined, key: string, shape: ValueShape, fail: FailComment): Float64Array | string {
  if (shape === 'text') return text ?? fail(`expected ${shown(key)}= with a text (option info), got none`);
  const numbers = flatDecimalsOf(text ?? '');
  if (numbers.length === shape && numbers.every(Number.isFinite)) return Float64Array.from(numbers);
  const expected = shape === 1 ? 'a finite number' : `${shape} finite numbers`;
  return fail(
    `expected ${shown(key)}= with ${expected} (option info), got ${text === undefined ? 'none' : quoted(text)}`,
  );
}

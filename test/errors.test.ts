import { describe, expect, it } from 'vitest';
import { atPlace, PipelineError, ValueError } from '#dist/errors.js';
import { fromWire, toWire } from '#dist/threads/wireError.js';

const place = { pipeline: 'a', step: 'soap', batch: 3, row: 5, image: 9, option: 'rCut' };

describe('PipelineError', () => {
  it.each([
    [{}, 'wrong'],
    [{ pipeline: 'a' }, 'a: wrong'],
    [{ step: 'soap', batch: 3 }, 'soap, batch 3: wrong'],
    [{ step: 'soap', batch: 3, row: 5 }, 'soap, batch 3, row 5: wrong'],
    [{ step: 'soap', batch: 3, image: 9 }, 'soap, batch 3, image 9: wrong'],
    [{ step: 'soap', option: 'rCut' }, 'soap: rCut: wrong'],
    [{ option: 'rCut' }, 'rCut: wrong'],
    [place, 'a › soap, batch 3, row 5 (image 9): rCut: wrong'],
  ])('at %j makes its message of its place', (at, message) => {
    expect(new PipelineError('badData', 'wrong', { place: at })).toMatchObject({ message, detail: 'wrong', place: at });
  });

  it('keeps its whole place on the way to another thread', () => {
    const sent = structuredClone(toWire(new PipelineError('badData', 'wrong', { place })));
    expect(fromWire(sent)).toMatchObject({ code: 'badData', detail: 'wrong', place });
  });
});

describe('atPlace', () => {
  it('keeps what a kernel says of the place, and says the step', () => {
    const error = atPlace({ step: 'correlate', batch: 1 }, new ValueError({ row: 2 }, 'wrong'));
    expect(error).toMatchObject({ code: 'badData', detail: 'wrong', place: { step: 'correlate', batch: 1, row: 2 } });
    expect(error.message).toBe('correlate, batch 1, row 2: wrong');
  });

  it('lets an outer place override an inner one', () => {
    const inner = new PipelineError('badData', 'wrong', { place });
    expect(atPlace({ batch: 8 }, inner).place).toEqual({ ...place, batch: 8 });
  });
});

it('a ValueError is a RangeError that says its place', () => {
  const error = new ValueError({ option: 'rCut' }, 'wrong');
  expect(error).toBeInstanceOf(RangeError);
  expect(error.message).toBe('rCut: wrong');
});

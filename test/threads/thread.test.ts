import { describe, expect, it, onTestFinished } from 'vitest';
import { PipelineError } from '#dist/errors.js';
import type { CallContext, HandedOver } from '#dist/threads/peer.js';
import { Thread } from '#dist/threads/thread.js';

type Offered = {
  given(argument: undefined): unknown;
  double(value: number): number;
  bytes(length: number): HandedOver<Uint8Array>;
  slow(milliseconds: number): Promise<number>;
  afterOthers(milliseconds: number): Promise<number>;
  askBack(question: string): Promise<string>;
  untilAborted(argument: undefined, context: CallContext): Promise<never>;
  unsendable(argument: undefined): unknown;
  typeError(argument: undefined): never;
  fail(message: string): void;
  failWithCode(message: string): void;
  trap(argument: undefined): Promise<never>;
  exit(argument: undefined): never;
};

function startWorker(workerData?: unknown): Thread<Offered> {
  const offered = { answer: (question: string) => `${question.length}` };
  const worker = new Thread<Offered>(new URL('./worker.mjs', import.meta.url), { workerData, offered });
  onTestFinished(() => worker.terminate());
  return worker;
}

describe('Thread', () => {
  it('answers each call with its own result', async () => {
    const worker = startWorker({ key: 'value' });
    const answers = Promise.all([worker.call('double', 1), worker.call('double', 2), worker.call('given', undefined)]);
    expect(await answers).toEqual([2, 4, { key: 'value' }]);
  });

  it('starts calls as they come, or where that is asked for one by one', async () => {
    const worker = startWorker();
    expect(await Promise.all([60, 60, 60].map((wait) => worker.call('slow', wait)))).toEqual([3, 2, 1]);
    expect(await Promise.all([30, 1, 10].map((wait) => worker.call('afterOthers', wait)))).toEqual([1, 1, 1]);
  });

  it('is called back by what it calls', async () => {
    expect(await startWorker().call('askBack', 'how long?')).toBe('how long? 9');
  });

  it('tells a call when nobody waits for it any more, and why', async () => {
    const worker = startWorker();
    const controller = new AbortController();
    const reason = new PipelineError('interrupted', 'enough');
    const call = worker.call('untilAborted', undefined, { signal: controller.signal });
    controller.abort(reason);
    await expect(call).rejects.toMatchObject({ code: 'interrupted', message: 'enough' });
    const late = worker.call('untilAborted', undefined, { signal: AbortSignal.abort(reason) });
    await expect(late).rejects.toMatchObject({ code: 'interrupted', message: 'enough' });
  });

  it('rejects what cannot cross, either way, and goes on', async () => {
    const worker = startWorker();
    await expect(worker.call('given', (() => {}) as never)).rejects.toThrow(/could not be cloned/);
    await expect(worker.call('unsendable', undefined)).rejects.toThrow(/could not be cloned/);
    expect(await worker.call('double', 4)).toBe(8);
  });

  it('fails with the stack of the other thread', async () => {
    const call = startWorker().call('typeError', undefined);
    await expect(call).rejects.toMatchObject({
      code: 'internal',
      message: "Cannot read properties of undefined (reading 'property')",
      cause: { stack: expect.stringMatching(/^TypeError: Cannot read .*\n {4}at .*worker\.mjs/) as string },
    });
  });

  it('moves the buffers that are to be moved', async () => {
    const worker = startWorker();
    const bytes = await worker.call('bytes', 1000);
    expect(bytes).toEqual(new Uint8Array(1000).fill(7));
    const sent = new Uint8Array(8);
    const answer = worker.call('given', undefined, { transfer: [sent.buffer] });
    expect(sent.length).toBe(0);
    await answer;
  });

  it('rejects a call that fails with its message and code, and goes on', async () => {
    const worker = startWorker();
    await expect(worker.call('fail', 'no')).rejects.toMatchObject({ code: 'badData', message: 'no' });
    await expect(worker.call('failWithCode', 'gone')).rejects.toMatchObject({ code: 'missingInput', message: 'gone' });
    expect(await worker.call('double', 4)).toBe(8);
  });

  it('rejects all calls, now and later, when the thread dies', async () => {
    const worker = startWorker();
    const died = { code: 'workerFailed', message: 'a worker thread failed: unreachable' };
    const calls = [worker.call('slow', 60_000), worker.call('trap', undefined)];
    await Promise.all(calls.map((call) => expect(call).rejects.toMatchObject(died)));
    await expect(worker.call('double', 1)).rejects.toMatchObject(died);
  });

  it('rejects when the thread exits', async () => {
    await expect(startWorker().call('exit', undefined)).rejects.toMatchObject({
      code: 'workerFailed',
      message: 'a worker thread ended with exit code 3',
    });
  });

  it('rejects what has no answer yet when it is stopped', async () => {
    const worker = startWorker();
    const call = expect(worker.call('slow', 60_000)).rejects.toMatchObject({ code: 'interrupted' });
    await worker.terminate();
    await call;
  });
});

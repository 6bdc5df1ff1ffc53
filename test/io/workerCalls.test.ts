import { describe, expect, it, onTestFinished } from 'vitest';
import { WorkerCalls } from '#dist/io/workerCalls.js';

type Offered = {
  given(argument: undefined): unknown;
  double(value: number): number;
  bytes(length: number): Uint8Array;
  slow(milliseconds: number): Promise<number>;
  fail(message: string): void;
  failWithCode(message: string): void;
  trap(argument: undefined): Promise<never>;
  exit(argument: undefined): never;
};

function startWorker(workerData?: unknown): WorkerCalls<Offered> {
  const worker = new WorkerCalls<Offered>(new URL('./worker.mjs', import.meta.url), workerData);
  onTestFinished(() => worker.terminate());
  return worker;
}

describe('WorkerCalls', () => {
  it('answers each call with its own result', async () => {
    const worker = startWorker({ key: 'value' });
    const answers = Promise.all([worker.call('double', 1), worker.call('double', 2), worker.call('given', undefined)]);
    expect(await answers).toEqual([2, 4, { key: 'value' }]);
  });

  it('runs one call at a time', async () => {
    const worker = startWorker();
    expect(await Promise.all([30, 1, 10].map((wait) => worker.call('slow', wait)))).toEqual([1, 1, 1]);
  });

  it('moves the buffers that are to be moved', async () => {
    const worker = startWorker();
    const bytes = await worker.call('bytes', 1000);
    expect(bytes).toEqual(new Uint8Array(1000).fill(7));
    const sent = new Uint8Array(8);
    const answer = worker.call('given', undefined, [sent.buffer]);
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
    const died = { code: 'workerFailed', message: 'unreachable' };
    const calls = [worker.call('trap', undefined), worker.call('double', 1)];
    await Promise.all(calls.map((call) => expect(call).rejects.toMatchObject(died)));
    await expect(worker.call('double', 1)).rejects.toMatchObject(died);
  });

  it('rejects when the thread exits', async () => {
    await expect(startWorker().call('exit', undefined)).rejects.toMatchObject({
      code: 'workerFailed',
      message: 'the worker thread ended with exit code 3',
    });
  });

  it('rejects what has no answer yet when it is stopped', async () => {
    const worker = startWorker();
    const call = expect(worker.call('slow', 60_000)).rejects.toMatchObject({ code: 'interrupted' });
    await worker.terminate();
    await call;
  });
});

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import * as all from '#dist/api/all.js';
import { LazyModule } from '#dist/lazily.js';

const run = promisify(execFile);
const ROOT = `${import.meta.dirname}/../..`;

/** Runs a module in a process of its own. It prints what it loaded from files, and what it wants to. */
async function inNewProcess(code: string): Promise<{ stdout: string; stderr: string }> {
  return run(process.execPath, ['--input-type=module', '--eval', code], { cwd: ROOT });
}

describe('the root', () => {
  it('has the names of all rooms, and no others', async () => {
    const { stdout } = await inNewProcess(`console.log(JSON.stringify(Object.keys(await import('soapstream'))))`);
    expect(JSON.parse(stdout)).toEqual(Object.keys(all).toSorted());
  });

  it('loads no room before something of it is used', async () => {
    const { stdout } = await inNewProcess(`
      import { register } from 'node:module';
      import { MessageChannel } from 'node:worker_threads';
      const { port1, port2 } = new MessageChannel();
      const urls = [];
      port1.on('message', (url) => urls.push(url));
      register('data:text/javascript,' + encodeURIComponent(\`
        let port;
        export const initialize = (data) => { port = data; };
        export const load = (url, context, next) => { port.postMessage(url); return next(url, context); };
      \`), { data: port2, transferList: [port2] });
      await import('soapstream');
      await new Promise((resolve) => setTimeout(resolve, 50));
      port1.close();
      console.log(JSON.stringify(urls.filter((url) => url.startsWith('file:')).map((url) => url.split('/dist/')[1])));
    `);
    expect(JSON.parse(stdout).toSorted()).toEqual(['errors.js', 'hidden.js', 'index.js', 'lazily.js']);
  });

  it('gives what the rooms give, and tells nothing on standard error', async () => {
    const { stdout, stderr } = await inNewProcess(`
      import * as root from 'soapstream';
      import { Field, Schema } from 'apache-arrow';
      import { Gate } from 'soapstream/flow';
      import { soap, robustRescaleStep } from 'soapstream/operators';
      const gate = new root.Gate();
      class Own extends root.Gate {}
      let failure;
      try { root.soap({ rCut: -1 }); } catch (error) { failure = error; }
      console.log(JSON.stringify({
        constructed: gate instanceof Gate && gate instanceof root.Gate && new Own() instanceof Own && new Own() instanceof Gate,
        failed: failure instanceof root.PipelineError && failure.code,
        named: root.soap.name === soap.name,
        spread: Object.keys({ ...root.robustRescaleStep }).join() === Object.keys(robustRescaleStep).join(),
        has: 'startFit' in root.robustRescaleStep,
        field: root.labelField instanceof Field && new Schema([root.labelField]).toString(),
        parsed: root.z.object({ a: root.z.int() }).parse({ a: 1 }),
      }));
    `);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({
      constructed: true,
      failed: 'badOption',
      named: true,
      spread: true,
      has: true,
      field: 'Schema<{ 0: label: Uint8 }>',
      parsed: { a: 1 },
    });
  });
});

describe('LazyModule', () => {
  it('loads once, when something is used for the first time', () => {
    let loads = 0;
    const module = { double: (x: number) => 2 * x, limits: { most: 3 } };
    const lazy = new LazyModule(() => {
      loads++;
      return module;
    });
    const { double } = lazy.functions;
    const { limits } = lazy.objects;
    expect(loads).toBe(0);
    expect(double(4)).toBe(8);
    expect({ ...limits }).toEqual({ most: 3 });
    expect(loads).toBe(1);
  });
});

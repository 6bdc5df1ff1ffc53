/**
 * Whether the kernel, operators and segments give the bytes of Node elsewhere: in Chromium, on a page and in a Web worker, in Deno and in Bun.
 *
 *     npm run build && node scripts/checkBrowser.mjs
 *
 * For the browser the package is bundled by Vite and by esbuild, without configuration: a warning, or an import that is left, is a fault.
 * A page whose content security policy forbids WebAssembly has to get the rows of the plain kernel.
 *
 * The browser is CHROMIUM, or Chromium or Chrome on PATH. Deno, Bun and esbuild are DENO, BUN and ESBUILD, or else come from the npm registry
 * for the time of the run; their install scripts are not run. What cannot be had is told and left out. The exit code is 1 for any difference.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build, createLogger } from 'vite';
import { mnistCloud, PAPER, spreadImages } from '../bench/support/mnist.mjs';
import { printTable } from '../bench/support/table.mjs';
import { pageJob } from './support/pageJob.mjs';
import { pageJobInput } from './support/pageJobInput.mjs';
import { findChromium, launchChromium } from './support/chromium.mjs';
import { npmProgram } from './support/npmProgram.mjs';
import { describeAll } from './support/soapAnywhere.mjs';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const ENTRY = fileURLToPath(new URL('./support/soapAnywhere.mjs', import.meta.url));
const JOB = fileURLToPath(new URL('./support/pageJob.mjs', import.meta.url));
const PLATFORM = `${process.platform}-${process.arch}`;
const KERNELS = ['auto', 'wasmRelaxed', 'wasm', 'plain'];
const CASES = [
  {
    name: 'MNIST',
    options: PAPER,
    clouds: spreadImages(5).map((image) => ({ points: [...mnistCloud(image)] })),
  },
  {
    name: 'MNIST with noise',
    options: PAPER,
    clouds: spreadImages(3).map((image) => ({ points: [...mnistCloud(image, 0.5)] })),
  },
  {
    name: 'crystal',
    options: { rCut: 5, nMax: 6, lMax: 6, sigma: 0.5, weighting: { function: 'poly', r0: 6, c: 1, m: 1, w0: 0.5 } },
    clouds: [
      { points: [0.1, 0.2, 0.3, 1.5, 1.4, 1.9, 7, -9, 2.2], cell: { vectors: [3, 0, 0, 1.1, 3.2, 0, 0.4, -1, 3.9] } },
    ],
    hasDerivatives: true,
  },
];

const JOB_INPUT = await pageJobInput();
const problems = [];
const folder = mkdtempSync(join(tmpdir(), 'soapstream-anywhere-'));
try {
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(ROOT, join(folder, 'node_modules/soapstream'), 'junction');
  symlinkSync(join(ROOT, 'node_modules/rxjs'), join(folder, 'node_modules/rxjs'), 'junction');
  copyFileSync(ENTRY, join(folder, 'entry.mjs'));
  copyFileSync(JOB, join(folder, 'pageJob.mjs'));
  const node = describeAll(CASES, KERNELS);
  const columns = [{ name: `Node ${process.versions.node}`, results: node, job: await pageJob(JOB_INPUT) }];
  const esbuild = npmProgram(folder, 'esbuild', [`@esbuild/${PLATFORM}/bin/esbuild`]);
  const bundles = [await bundledByVite(), ...(esbuild ? [bundledByEsbuild(esbuild)] : [])];
  for (const { name, code } of bundles) {
    console.log(`${name}: ${code.length} bytes, gzip ${gzipSync(code, { level: 9 }).length}`);
    if (/\bnode:|\brequire\s*\(/.test(code)) problems.push(`${name}: something of Node is left`);
  }
  columns.push(...(await inChromium(bundles)));
  columns.push(...inRuntimes());
  report(columns);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log([...problems, `${problems.length} problems`].join('\n'));
process.exitCode = problems.length > 0 ? 1 : 0;

async function bundledByVite() {
  const customLogger = createLogger('warn');
  const tell = (message) => problems.push(`Vite: ${message}`);
  Object.assign(customLogger, { warn: tell, warnOnce: tell });
  const { output } = await build({
    root: folder,
    configFile: false,
    customLogger,
    build: { write: false, rollupOptions: { input: join(folder, 'entry.mjs') } },
  });
  return { name: 'Vite', code: output[0].code, chunks: output.slice(1) };
}

/** @param {string} esbuild */
function bundledByEsbuild(esbuild) {
  const options = ['--bundle', '--minify', '--format=esm', '--platform=browser', '--log-level=warning'];
  const { stdout, stderr, status } = spawnSync(esbuild, ['entry.mjs', ...options], { cwd: folder, encoding: 'utf8' });
  if (status !== 0 || stderr !== '') problems.push(`esbuild: ${stderr}`);
  return { name: 'esbuild', code: stdout, chunks: [] };
}

/** Each bundle on a page and in a worker, and one on a page that may not compile WebAssembly. */
async function inChromium(bundles) {
  const executable = findChromium();
  if (!executable) {
    console.log('Chromium: not found; install it, or say where it is with CHROMIUM=/path');
    return [];
  }
  const server = createServer(({ url }, response) => {
    const [, which, ...rest] = url.split('/');
    const file = rest.join('/');
    const bundle = bundles.find(({ name }) => name === which.replace('-strict', ''));
    if (!bundle) return response.writeHead(404).end();
    if (which.endsWith('-strict')) response.setHeader('Content-Security-Policy', "script-src 'self'");
    const chunk = bundle.chunks.find(({ fileName }) => fileName === file);
    const isPage = file !== 'entry.js' && !chunk;
    response.setHeader('Content-Type', isPage ? 'text/html' : 'text/javascript');
    response.end(isPage ? '<!doctype html><script type="module" src="entry.js"></script>' : (chunk ?? bundle).code);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${server.address().port}`;
  const browser = await launchChromium(executable);
  try {
    const { product } = await browser.send('Browser.getVersion');
    const asked = JSON.stringify([CASES, KERNELS]);
    const columns = [];
    for (const { name } of bundles) {
      const onPage = `describeAll(...${asked})`;
      const jobOnPage = `pageJob(${JSON.stringify(JOB_INPUT)})`;
      const inWorker = (message) => `new Promise((resolve, reject) => {
        const worker = new Worker('entry.js', { type: 'module' });
        worker.onerror = ({ message }) => reject(new Error(message));
        worker.onmessage = ({ data }) => resolve(data);
        worker.postMessage(${JSON.stringify(message)});
      })`;
      columns.push({
        name: `${product}, page, ${name}`,
        results: await evaluate(browser, `${origin}/${name}/`, onPage),
        job: await evaluate(browser, `${origin}/${name}/`, jobOnPage),
      });
      columns.push({
        name: `${product}, worker, ${name}`,
        results: await evaluate(browser, `${origin}/${name}/`, inWorker({ cases: CASES, kernels: KERNELS })),
        job: await evaluate(browser, `${origin}/${name}/`, inWorker({ job: JOB_INPUT })),
      });
    }
    const strict = await evaluate(
      browser,
      `${origin}/${bundles[0].name}-strict/`,
      `describeAll(${JSON.stringify(CASES)}, ['auto', 'plain'])`,
    );
    columns.push({ name: `${product}, page without wasm-unsafe-eval`, results: strict, isPlain: true });
    return columns;
  } finally {
    await browser.close();
    server.close();
  }
}

/** What an expression gives on a page once it has loaded. */
async function evaluate(browser, url, expression) {
  const { targetId } = await browser.send('Target.createTarget', { url: 'about:blank' });
  const { sessionId } = await browser.send('Target.attachToTarget', { targetId, flatten: true });
  const loaded = new Promise((done) => {
    browser.on(({ method, params, sessionId: from }) => {
      if (from !== sessionId) return;
      if (method === 'Page.loadEventFired') done();
      if (method === 'Runtime.exceptionThrown') problems.push(`${url}: ${params.exceptionDetails.text}`);
      if (method === 'Runtime.consoleAPICalled')
        problems.push(`${url}: console.${params.type}: ${params.args[0]?.value}`);
    });
  });
  for (const domain of ['Page', 'Runtime']) await browser.send(`${domain}.enable`, {}, sessionId);
  await browser.send('Page.navigate', { url }, sessionId);
  await loaded;
  const asked = { expression, awaitPromise: true, returnByValue: true };
  const { result, exceptionDetails } = await browser.send('Runtime.evaluate', asked, sessionId);
  await browser.send('Target.closeTarget', { targetId });
  if (exceptionDetails) throw new Error(`${url}: ${exceptionDetails.exception?.description ?? exceptionDetails.text}`);
  return result.value;
}

/** Deno and Bun run the package as it lies on disk. Deno may read, and nothing else. */
function inRuntimes() {
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  const asked = JSON.stringify([CASES, KERNELS]);
  const program = `import { describeAll, pageJob } from './entry.mjs';
const results = describeAll(...${asked});
console.log(JSON.stringify({ results, job: await pageJob(${JSON.stringify(JOB_INPUT)}) }));`;
  writeFileSync(join(folder, 'run.mjs'), program);
  const deno = npmProgram(folder, 'deno', [`@deno/${PLATFORM}-glibc/deno`, `@deno/${PLATFORM}/deno`]);
  const bun = npmProgram(folder, 'bun', [`@oven/bun-${PLATFORM.replace('arm64', 'aarch64')}/bin/bun`]);
  const mayRead = `--allow-read=${folder},${ROOT}`;
  return [
    ...(deno ? [inRuntime('Deno', deno, ['run', '--no-prompt', '--node-modules-dir=manual', mayRead, 'run.mjs'])] : []),
    ...(bun ? [{ ...inRuntime('Bun', bun, ['run', 'run.mjs']), hasOwnFusion: true }] : []),
  ];
}

/** @param {string} name @param {string} executable @param {readonly string[]} args */
function inRuntime(name, executable, args) {
  const [version] = execFileSync(executable, ['--version'], { encoding: 'utf8' }).match(/\d+(\.\d+)+/);
  const { stdout, stderr, status } = spawnSync(executable, args, { cwd: folder, encoding: 'utf8' });
  if (status !== 0) problems.push(`${name} ${version}: ${stderr}`);
  return { name: `${name} ${version}`, ...(status === 0 ? JSON.parse(stdout) : { results: [] }) };
}

/** Rows and metrics of a segment, and rows of one operator: bytes of Arrow streams. What a fit says is another matter. */
function compareJobs(name, expected, found, hasOwnFusion = false) {
  for (const part of ['rows', 'described', 'metrics']) {
    const [wanted, got] = [expected, found].map((job) => JSON.stringify(job?.[part]) ?? 'nothing');
    const isRight = hasOwnFusion ? got.length > 2 : got === wanted;
    if (!isRight) problems.push(`${name}: a segment's ${part} are others than those of Node`);
  }
}

/**
 * A table of microseconds, and a problem for each difference.
 *
 * @param {readonly { name: string, results: any[], isPlain?: boolean, hasOwnFusion?: boolean }[]} columns Node's first; `isPlain` where nothing
 *   else is allowed, `hasOwnFusion` where relaxed SIMD may round otherwise than in V8
 */
function report(columns) {
  const [{ results: expected, job: expectedJob }, ...others] = columns;
  for (const { name, results, job, isPlain, hasOwnFusion } of others) {
    if (!isPlain) compareJobs(name, expectedJob, job, hasOwnFusion);
    const of = (wanted, kernel) => results.find((each) => each.name === wanted && each.kernel === kernel);
    for (const { name: wanted, kernel, hash } of expected) {
      const found = of(wanted, kernel);
      if (!found || found.error || (kernel === 'wasmRelaxed' && hasOwnFusion)) continue;
      // auto is the fastest that there is, and that may be another one than Node's
      const fastest = ['wasmRelaxed', 'wasm', 'plain'].map((each) => of(wanted, each)).find((each) => each?.hash);
      const right = isPlain || kernel === 'auto' ? fastest?.hash : hash;
      if (found.hash !== right) problems.push(`${name}: ${wanted}, ${kernel}: other bytes than those of Node`);
    }
    if (results.every(({ error }) => error)) problems.push(`${name}: no rows`);
  }
  const cell = ({ results }, { name, kernel }) => {
    const found = results.find((each) => each.name === name && each.kernel === kernel);
    return found?.microseconds?.toFixed(1) ?? (found?.error ? 'cannot' : '');
  };
  const told = expected.filter(({ kernel }) => kernel === 'auto' || kernel === 'plain');
  console.log('Microseconds a centre:');
  printTable(
    ['', ...told.map(({ name, kernel }) => `${name}, ${kernel}`)],
    columns.map((column) => [column.name, ...told.map((each) => cell(column, each))]),
  );
}

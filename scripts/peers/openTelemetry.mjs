/**
 * What a collector gets of a run, by the official packages of OpenTelemetry, which are installed into a scratch folder beside a copy of
 * the build: over HTTP as JSON and as Protocol Buffers. Also: what is told where the packages are missing, or nobody listens.
 *
 *   npm run build && node scripts/peers/openTelemetry.mjs
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PACKAGES = [
  'api@1',
  'resources@2',
  'sdk-trace-base@2',
  'sdk-metrics@2',
  ...['trace-otlp-proto', 'trace-otlp-http', 'metrics-otlp-proto', 'metrics-otlp-http'].map(
    (name) => `exporter-${name}@>=0.200.0 <1`,
  ),
].map((name) => `@opentelemetry/${name}`);
const PIPELINES = `pipelines:
  clouds:
    source: { xyz: { path: molecules.xyz } }
    steps: [{ soap: { rCut: 3, nMax: 2, lMax: 1, sigma: 0.5 } }]
    sinks: [{ parquet: { path: '\${out}/descriptors.parquet' } }]
  broken:
    source: { xyz: { path: broken.xyz } }
    sinks: [{ parquet: { path: '\${out}/broken.parquet' } }]
default: [clouds]
`;

const folder = mkdtempSync(join(tmpdir(), 'soapstream-telemetry-'));
const requests = [];
const server = createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const bytes = Buffer.concat(chunks);
    const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes;
    requests.push({ path: request.url, type: request.headers['content-type'], body });
    response.writeHead(200, { 'content-type': request.headers['content-type'] }).end();
  });
});
const problems = [];
const expect = (what, isSo) => {
  console.log(`${isSo ? '✓' : '✗'} ${what}`);
  if (!isSo) problems.push(what);
};

try {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${server.address().port}`;
  install();

  const absent = await run(['run'], { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint });
  expect(
    'without the packages a run succeeds, and says which are needed',
    absent.code === 0 && /no traces and metrics are sent: they need npm install @opentelemetry\/api /.test(absent.text),
  );
  expect('and nothing is sent', requests.length === 0);

  rmSync(join(folder, 'node_modules'), { recursive: true });
  const options = ['--no-audit', '--no-fund', '--ignore-scripts', '--no-save'];
  const npm = spawn('npm', ['install', ...options, ...PACKAGES], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code] = await once(npm, 'close');
  if (code !== 0) throw new Error(`npm ended with ${code}`);
  install();

  const json = { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' };
  const ran = await run(['run', '--force'], {
    ...json,
    OTEL_SERVICE_NAME: 'mine',
    OTEL_METRIC_EXPORT_INTERVAL: '1000',
  });
  expect('a run succeeds', ran.code === 0);
  const spans = spansIn(requests);
  const named = (name) => spans.find((span) => span.name === name);
  expect(
    `a span for run, pipeline, source, step and sink: ${spans.map(({ name }) => name).join(', ')}`,
    ['run', 'pipeline clouds', 'source xyz', 'step soap', 'sink → parquet'].every((name) => named(name)),
  );
  expect('the pipeline is within the run', named('pipeline clouds')?.parentSpanId === named('run')?.spanId);
  expect('the step is within the pipeline', named('step soap')?.parentSpanId === named('pipeline clouds')?.spanId);
  const rowsOut = attribute(named('step soap'), 'soapstream.rows_out');
  expect(`the step tells its rows: ${rowsOut}`, Number(rowsOut) > 0);
  const metrics = metricsIn(requests);
  const rows = metrics.get('soapstream_step_rows_out')?.sum;
  expect('sums are cumulative and monotonic', rows?.aggregationTemporality === 2 && rows.isMonotonic === true);
  const point = rows?.dataPoints.findLast((each) => attribute(each, 'step') === 'soap');
  expect('the metric has the rows of the step', Number(point?.asDouble ?? point?.asInt) === Number(rowsOut));
  const histogram = metrics.get('soapstream_step_batch_seconds')?.histogram?.dataPoints[0];
  const counts = histogram?.bucketCounts.reduce((sum, count) => sum + Number(count), 0);
  expect('the histogram has as many counts as its buckets', counts > 0 && counts === Number(histogram?.count));
  expect(
    'the service has the name that the environment gives',
    requests.every(({ body }) => body.includes('mine')),
  );

  requests.length = 0;
  writeFileSync(join(folder, 'broken.xyz'), '3\n\nH 0 0 0\n');
  const failed = await run(['run', 'pipelines.yaml', 'broken'], json);
  const broken = spansIn(requests).find(({ name }) => name === 'pipeline broken');
  expect('a run that fails fails as ever', failed.code === 3);
  expect('and its span has the error', broken?.status.code === 2 && attribute(broken, 'error.type') === 'badData');

  requests.length = 0;
  const binary = await run(['run', '--force'], { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${endpoint}/mine` });
  expect(
    'Protocol Buffers are the default, and the endpoint of traces alone sends traces alone',
    binary.code === 0 &&
      requests.length > 0 &&
      requests.every(({ path, type }) => path === '/mine' && type === 'application/x-protobuf') &&
      requests.some(({ body }) => body.includes('pipeline clouds')),
  );

  server.close();
  server.closeAllConnections();
  const alone = await run(['run', '--force'], { ...json, OTEL_EXPORTER_OTLP_TIMEOUT: '500' });
  expect('a collector that is gone stops nothing', alone.code === 0);
} finally {
  server.close();
  rmSync(folder, { recursive: true, force: true });
}
console.log(problems.length === 0 ? 'all as it should be' : `${problems.length} not as it should be`);
process.exitCode = problems.length === 0 ? 0 : 1;

/** The build as a package, as npm would have installed it. */
function install() {
  const target = join(folder, 'node_modules/soapstream');
  mkdirSync(target, { recursive: true });
  for (const name of ['dist', 'package.json']) cpSync(join(ROOT, name), join(target, name), { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  writeFileSync(join(folder, 'pipelines.yaml'), PIPELINES);
  cpSync(join(ROOT, 'test/data/molecules.xyz'), join(folder, 'molecules.xyz'));
  const modules = join(ROOT, 'node_modules');
  for (const name of readdirSync(modules).filter((each) => !each.startsWith('.'))) {
    const place = join(folder, 'node_modules', name);
    if (!existsSync(place)) symlinkSync(join(modules, name), place);
  }
}

async function run(args, env) {
  const program = join(folder, 'node_modules/soapstream/dist/cli.js');
  const child = spawn(process.execPath, [program, ...args], { cwd: folder, env: { ...process.env, ...env } });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += chunk));
  const [code] = await once(child, 'close');
  return { code, text };
}

function spansIn(all) {
  const bodies = all.filter(({ path }) => path === '/v1/traces').map(({ body }) => JSON.parse(body));
  return bodies.flatMap(({ resourceSpans }) =>
    resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)),
  );
}

/** The last state of each. */
function metricsIn(all) {
  const bodies = all.filter(({ path }) => path === '/v1/metrics').map(({ body }) => JSON.parse(body));
  const found = bodies.flatMap(({ resourceMetrics }) =>
    resourceMetrics.flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics)),
  );
  return new Map(found.map((metric) => [metric.name, metric]));
}

function attribute(of, key) {
  const value = of?.attributes.find((each) => each.key === key)?.value;
  return value && Object.values(value)[0];
}

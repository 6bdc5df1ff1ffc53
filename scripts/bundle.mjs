/**
 * Bundles what runs as a program of its own, the command line and the worker threads: `dist/cli.js`, `dist/workers/` and the chunks that
 * they share in `dist/program/`. A bundle starts several times as fast as some four hundred modules. A step of the build, after tsc.
 *
 * What is large and rarely needed stays outside and loads when it is used. The library itself is not bundled: programs share their own
 * copies of RxJS and Arrow with it.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const DIST = join(ROOT, 'dist');
const WORKERS = [
  'pipelines/segmentWorker',
  'operators/training/trainingWorker',
  'sweeps/trialWorker',
  'io/parquetReadWorker',
  'io/parquetWriteWorker',
];
/** With all that they need themselves. */
const BUNDLED = [
  'ansi-regex',
  'ansi-styles',
  'apache-arrow',
  'cliui',
  'emoji-regex',
  'escalade',
  'fastest-levenshtein',
  'fflate',
  'flatbuffers',
  'fzstd',
  'get-caller-file',
  'get-east-asian-width',
  'rxjs',
  'string-width',
  'strip-ansi',
  'tslib',
  'wrap-ansi',
  'y18n',
  'yaml',
  'yargs',
  'yargs-parser',
  'zod',
];

/** Our help is plain text. The string-width that yargs brings knows the width of emoji too, which costs some 30 ms at each start. */
const plainWidth = {
  name: 'plainWidth',
  resolveId: (id) => (id === 'string-width' ? '\0string-width' : undefined),
  load: (id) => (id === '\0string-width' ? 'export default (text) => text.length;' : undefined),
};

const isBundled = (id) => BUNDLED.some((name) => id === name || id.startsWith(`${name}/`));
const isOutside = (id) => !/^[./#\0]/.test(id) && !id.startsWith(ROOT) && !isBundled(id);

const bundle = await rolldown({
  input: Object.fromEntries([
    ['cli', join(DIST, 'cli.js')],
    ...WORKERS.map((worker) => [`workers/${basename(worker)}`, join(DIST, `${worker}.js`)]),
  ]),
  external: isOutside,
  platform: 'node',
  plugins: [plainWidth],
  resolve: {
    alias: {
      // Their modules of ECMAScript, of which only what is used gets in; Node would take those of CommonJS.
      rxjs: join(ROOT, 'node_modules/rxjs/dist/esm/index.js'),
      yaml: join(ROOT, 'node_modules/yaml/browser/index.js'),
    },
  },
});
const { output } = await bundle.write({
  dir: DIST,
  format: 'esm',
  minify: { compress: false, mangle: false },
  entryFileNames: '[name].js',
  chunkFileNames: 'program/[name]-[hash].js',
});
await bundle.close();

/** The licences of what the bundle contains ask for their texts. */
const packages = new Set(
  output
    .flatMap(({ moduleIds = [] }) => moduleIds)
    .map((id) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(id)?.[1])
    .filter((name) => name !== undefined),
);
const notices = [...packages].toSorted().map((name) => {
  const folder = join(ROOT, 'node_modules', name);
  const { version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const texts = readdirSync(folder).filter((file) => /^(licen[cs]e|notice)/i.test(file));
  return [`${name} ${version} (${license})`, ...texts.map((file) => readFileSync(join(folder, file), 'utf8'))].join(
    '\n\n',
  );
});
writeFileSync(join(DIST, 'program', 'NOTICES.txt'), notices.join(`\n\n${'-'.repeat(80)}\n\n`));

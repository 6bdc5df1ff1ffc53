#!/usr/bin/env node
import yargs, { type Argv } from 'yargs';
import { hideBin } from 'yargs/helpers';
import { memorySize, once, wholeNumber } from './cli/arguments.js';
import { exitCodeOf, exitCodes } from './cli/exitCodes.js';
import { printFailure } from './cli/failure.js';
import type { LogFormat } from './cli/run.js';
import type { TapFormat } from './cli/tap.js';
import type { GraphFormat } from './pipelines/graph.js';
import { messageOf, PipelineError } from './errors.js';
import { soapstreamVersion } from './version.js';

const DEFAULT_FILE = 'pipelines.yaml';

/** Sets the exit code rather than leaving at once, so that pipes are not cut off. */
function exitWith(code: number): void {
  process.exitCode = code;
}

// A reader that has seen enough, as `head`, or a terminal that was closed is no failure of what is printed. A sink that writes there
// hears of it by itself.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE' && error.code !== 'EIO') {
    fail(new PipelineError('outputFailed', `standard output: writing failed: ${messageOf(error)}`, { cause: error }));
  }
});
process.stderr.on('error', () => {}); // there is nobody to tell
process.on('uncaughtException', (error) => {
  fail(error);
  process.exit();
});

const planOptions = <T>(command: Argv<T>) =>
  command
    .option('set', {
      array: true,
      type: 'string',
      requiresArg: true,
      nargs: 1,
      default: [] as string[],
      describe: 'override a variable, or an option of a step: --set rCut=50 --set train.classify.epochs=2',
    })
    .option('operators', {
      array: true,
      type: 'string',
      requiresArg: true,
      nargs: 1,
      default: [] as string[],
      describe:
        "module, or folder of modules, that the file may name as an operator of one's own; also in package.json",
    })
    .option('allow-write', {
      array: true,
      type: 'string',
      requiresArg: true,
      nargs: 1,
      default: [] as string[],
      describe:
        'folder that outputs may be written below, beside that of --out, of the file, and the working directory',
    })
    .option('profile', {
      type: 'string',
      requiresArg: true,
      coerce: once('--profile'),
      describe: 'take the values of one of the profiles of the file; --set wins over it',
    })
    .option('out', {
      type: 'string',
      requiresArg: true,
      coerce: once('--out'),
      describe: 'folder of the outputs, ${out} in the file; default out, of a limited run out-limited',
    });

const MEMORY_OPTION = {
  type: 'string',
  requiresArg: true,
  coerce: once('--memory'),
  describe: 'what all threads of a run may take, such as 2GiB; no bound by default',
} as const;

const fileArgument = <T>(command: Argv<T>) =>
  planOptions(command).positional('file', {
    type: 'string',
    default: DEFAULT_FILE,
    coerce: (given: unknown) => once('file')(given) ?? DEFAULT_FILE,
    describe: 'pipeline file',
  });

/** The first word is the file only if it is called like one. */
function fileAndNames(first: string | undefined, names: readonly string[]): [file: string, names: readonly string[]] {
  if (first === undefined) return [DEFAULT_FILE, names];
  return /\.ya?ml$/.test(first) ? [first, names] : [DEFAULT_FILE, [first, ...names]];
}

const parser = yargs(hideBin(process.argv))
  .scriptName('soapstream')
  .version(soapstreamVersion())
  .locale('en')
  // What is typed is taken as it stands: --no-x, --a.b and 007 have no meaning of their own.
  .parserConfiguration({
    'boolean-negation': false,
    'camel-case-expansion': false,
    'dot-notation': false,
    'parse-numbers': false,
    'parse-positional-numbers': false,
    'populate--': true,
  })
  .usage('$0 <command>\n\nStreams images to SOAP descriptors, models and metrics, as a YAML file says.')
  .command(
    'run [file] [pipelines..]',
    'run pipelines and sweeps: those named, or the default ones of the file',
    (command) =>
      planOptions(command)
        .positional('file', {
          type: 'string',
          coerce: once('file'),
          describe: `pipeline file (${DEFAULT_FILE} if the first word is no .yaml)`,
        })
        .positional('pipelines', {
          type: 'string',
          array: true,
          default: [] as string[],
          describe: 'names of pipelines and sweeps',
        })
        .option('workers', {
          type: 'string',
          requiresArg: true,
          coerce: once('--workers'),
          describe: 'threads for SOAP, or for the trials of a sweep; default one for each core, 0 for none',
        })
        .option('limit', {
          type: 'string',
          requiresArg: true,
          coerce: once('--limit'),
          describe: 'read only the first rows of each source, at most so many; everything else is done as ever',
        })
        .option('memory', MEMORY_OPTION)
        .option('batch-timeout', {
          type: 'string',
          requiresArg: true,
          coerce: once('--batch-timeout'),
          describe: "how long an operator of one's own may take for a batch, such as 60s; no limit by default",
        })
        .option('log-format', {
          choices: ['text', 'json'] as const,
          requiresArg: true,
          coerce: (given: unknown) => once('--log-format')(given) as LogFormat,
          default: 'text' as const,
          describe: 'what standard error gets: lines for people, or a line of JSON for each event',
        })
        .option('metrics-port', {
          type: 'string',
          requiresArg: true,
          coerce: once('--metrics-port'),
          describe: 'serve metrics for Prometheus at /metrics of this port while it runs; 0 takes one that is free',
        })
        .option('metrics-host', {
          type: 'string',
          requiresArg: true,
          coerce: once('--metrics-host'),
          describe: 'address that the metrics are served at; default 127.0.0.1, which only this machine reaches',
        })
        .option('lineage', {
          type: 'string',
          requiresArg: true,
          coerce: once('--lineage'),
          describe: 'file or URL that gets what each pipeline reads and writes, as events of OpenLineage',
        })
        .option('json', { type: 'boolean', default: false, describe: 'print a report in JSON at the end' })
        .option('force', { type: 'boolean', default: false, describe: 'run pipelines that have not changed, too' })
        .option('dry-run', { type: 'boolean', default: false, describe: 'say what would run and why, and run nothing' })
        .example('$0 run', `run the default pipelines of ${DEFAULT_FILE}`)
        .example('$0 run train test --set epochs=40', 'run two of them with another setting')
        .example('$0 run my.yaml --out results', 'run another file, write elsewhere')
        .example('$0 run my.yaml search --profile quick', 'run a sweep with the values of a profile')
        .example('$0 run my.yaml --limit 100', 'try everything on the first 100 rows, in out-limited')
        .epilogue(
          'Ctrl-C stops cleanly: finished outputs stay, those under way are removed. A sweep goes on where it was when it is run again.',
        ),
    async ({
      file,
      pipelines,
      set,
      profile,
      out,
      operators,
      'allow-write': allowWrite,
      workers,
      limit,
      json,
      force,
      'log-format': logFormat,
      ...rest
    }) => {
      const { run } = await import('./cli/run.js');
      const [path, names] = fileAndNames(file, pipelines);
      exitWith(
        await run({
          file: path,
          pipelines: names,
          set,
          profile,
          out,
          operators,
          allowWrite,
          workers,
          limit,
          json,
          force,
          dryRun: rest['dry-run'],
          memory: rest.memory,
          batchTimeout: rest['batch-timeout'],
          logFormat,
          metricsPort: rest['metrics-port'],
          metricsHost: rest['metrics-host'],
          lineage: rest.lineage,
        }),
      );
    },
  )
  .command(
    'segment <file> <pipeline>',
    'run some steps of a pipeline between standard input and output, as Arrow IPC streams',
    (command) =>
      planOptions(command)
        .positional('file', { type: 'string', demandOption: true, describe: 'pipeline file' })
        .positional('pipeline', { type: 'string', demandOption: true, describe: 'name of the pipeline' })
        .option('from', { type: 'string', requiresArg: true, describe: 'first step; that of the pipeline by default' })
        .option('to', { type: 'string', requiresArg: true, describe: 'last step; that of the pipeline by default' })
        .option('schema', { type: 'boolean', default: false, describe: 'print what goes in and out as JSON, and stop' })
        .option('report', {
          type: 'string',
          requiresArg: true,
          describe: 'file, or number of a descriptor, that gets counts and metrics as lines of JSON',
        })
        .example('$0 segment pipelines.yaml test --from imageToXyz < in.arrows > out.arrows', 'a part of a pipeline'),
    async ({ file, pipeline, set, profile, out, operators, 'allow-write': allowWrite, from, to, schema, report }) => {
      const { segment } = await import('./cli/segment.js');
      exitWith(await segment({ file, pipeline, set, profile, out, operators, allowWrite, from, to, schema, report }));
    },
  )
  .command(
    'tap <file> <pipeline> <step>',
    'print the first rows that leave a step (or the source), and write nothing',
    (command) =>
      planOptions(command)
        .positional('file', { type: 'string', demandOption: true, describe: 'pipeline file' })
        .positional('pipeline', { type: 'string', demandOption: true, describe: 'name of the pipeline' })
        .positional('step', { type: 'string', demandOption: true, describe: 'its id, or the name of the source' })
        .option('rows', {
          type: 'string',
          requiresArg: true,
          coerce: once('--rows'),
          describe: 'rows to print; default 10',
        })
        .option('format', {
          choices: ['table', 'json', 'arrow'] as const,
          requiresArg: true,
          coerce: (given: unknown) => once('--format')(given) as TapFormat,
          default: 'table' as const,
          describe: 'a table with cells cut short, a line of JSON for each row, or an Arrow IPC stream',
        })
        .example('$0 tap pipelines.yaml describe imageToXyz --rows 3', 'point clouds as they arrive at soap'),
    async ({ file, pipeline, step, set, profile, out, operators, 'allow-write': allowWrite, rows = '10', format }) => {
      const { tap } = await import('./cli/tap.js');
      exitWith(
        await tap({
          file,
          pipeline,
          step,
          set,
          profile,
          out,
          operators,
          allowWrite,
          rows: wholeNumber('--rows', rows, 1),
          format,
        }),
      );
    },
  )
  .command(
    'test [file] [names..]',
    'run the tests of a pipeline file: all, or those named',
    (command) =>
      planOptions(command)
        .positional('file', {
          type: 'string',
          coerce: once('file'),
          describe: `pipeline file (${DEFAULT_FILE} if the first word is no .yaml)`,
        })
        .positional('names', { type: 'string', array: true, default: [] as string[], describe: 'names of tests' })
        .option('update', {
          type: 'boolean',
          default: false,
          describe: 'write what came out into the file, where something else was expected',
        })
        .option('json', { type: 'boolean', default: false, describe: 'print JSON' })
        .example('$0 test my.yaml turned --update', 'take what comes out of one test as expected'),
    async ({ file, names, set, profile, out, operators, 'allow-write': allowWrite, update, json }) => {
      const { test } = await import('./cli/test.js');
      const [path, chosen] = fileAndNames(file, names);
      exitWith(await test({ file: path, names: chosen, set, profile, out, operators, allowWrite, update, json }));
    },
  )
  .command(
    'validate [file]',
    'check a pipeline file without touching data: every error at once',
    (command) =>
      fileArgument(command)
        .option('memory', MEMORY_OPTION)
        .option('json', { type: 'boolean', default: false, describe: 'print JSON' }),
    async ({ file, set, profile, out, operators, 'allow-write': allowWrite, memory, json }) => {
      const { validate } = await import('./cli/validate.js');
      exitWith(
        await validate({
          file,
          set,
          profile,
          out,
          operators,
          allowWrite,
          memory: memorySize('--memory', memory),
          json,
        }),
      );
    },
  )
  .command(
    'graph [file]',
    'draw the pipelines: steps, files, artifacts',
    (command) =>
      fileArgument(command)
        .option('format', {
          choices: ['mermaid', 'dot'] as const,
          requiresArg: true,
          coerce: (given: unknown) => once('--format')(given) as GraphFormat,
          default: 'mermaid' as const,
          describe: 'language of the drawing',
        })
        .example('$0 graph --format dot | dot -Tsvg > pipelines.svg', 'draw with Graphviz'),
    async ({ file, set, profile, out, operators, 'allow-write': allowWrite, format }) => {
      const { graph } = await import('./cli/graph.js');
      exitWith(await graph({ file, set, profile, out, operators, allowWrite, format }));
    },
  )
  .command(
    'list [name]',
    'list sources, operators and sinks, or describe one of them',
    (command) =>
      command.positional('name', { type: 'string' }).example('$0 list soap', 'options and an example of soap'),
    async ({ name }) => {
      const { list } = await import('./cli/list.js');
      exitWith(list(name));
    },
  )
  .command(
    'schema',
    'print the JSON Schema of pipeline files, for editors',
    (command) => command.example('$0 schema > pipelines.schema.json', 'keep it beside the pipeline file'),
    async () => {
      const { schema } = await import('./cli/schema.js');
      exitWith(schema());
    },
  )
  .command(
    'inspect <path>',
    'show what a file holds: Parquet, Arrow IPC, IDX, an artifact',
    (command) =>
      command
        .positional('path', {
          type: 'string',
          demandOption: true,
          coerce: (given: unknown) => once('path')(given) ?? '',
          describe: 'file or directory',
        })
        .option('rows', {
          type: 'string',
          requiresArg: true,
          default: '5',
          coerce: (given: unknown) => once('--rows')(given) ?? '5',
          describe: 'rows to show',
        })
        .option('json', { type: 'boolean', default: false, describe: 'print JSON' }),
    async ({ path, rows, json }) => {
      const { inspect: inspectPath } = await import('./cli/inspect.js');
      exitWith(await inspectPath({ path, rows: wholeNumber('--rows', rows), json }));
    },
  )
  .command(
    'report [dir]',
    'make one HTML page of what runs have written: tables, curves, digits',
    (command) =>
      command
        .positional('dir', {
          type: 'string',
          default: 'out',
          coerce: (given: unknown) => once('dir')(given) ?? 'out',
          describe: 'folder of the outputs',
        })
        .option('output', {
          type: 'string',
          requiresArg: true,
          coerce: once('--output'),
          describe: 'the page; default report.html in the folder',
        })
        .example('$0 report out', 'write out/report.html'),
    async ({ dir, output }) => {
      const { report } = await import('./cli/report.js');
      exitWith(await report({ directory: dir, output }));
    },
  )
  .epilogue(
    `Exit codes: ${exitCodes.success} done, ${exitCodes.internal} internal error, ${exitCodes.configuration} wrong command or pipeline file, ` +
      `${exitCodes.data} missing or wrong data, ${exitCodes.failedTest} a test has failed, ${exitCodes.interrupted} interrupted.`,
  )
  .demandCommand(1, 'Say what to do, e.g. soapstream run')
  .recommendCommands()
  .strict()
  .check(({ '--': rest }) => {
    if (rest !== undefined) throw new PipelineError('badOption', 'expected nothing after --');
    // To yargs anything but true is false.
    const odd = process.argv.find((argument) => /^--json=(?!(true|false)$)/.test(argument));
    if (odd !== undefined) throw new PipelineError('badOption', `--json: expected true or false, got ${odd.slice(7)}`);
    return true;
  })
  .wrap(Math.min(110, process.stdout.columns || 110))
  .fail((message: string | null, error: Error | undefined) => {
    if (error && error.name !== 'YError') throw error;
    const problem = (message ?? error?.message ?? 'wrong arguments').replaceAll(/\s+/g, ' ').trim();
    throw new PipelineError('badOption', `${problem}; more with --help`);
  });

try {
  await parser.parseAsync();
} catch (error) {
  fail(error);
}

function fail(error: unknown): void {
  printFailure(error);
  exitWith(exitCodeOf(error));
}

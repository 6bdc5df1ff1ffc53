#!/usr/bin/env node
import yargs, { type Argv } from 'yargs';
import { hideBin } from 'yargs/helpers';
import { memorySize, once, wholeNumber } from './cli/arguments.js';
import { exitCodeOf, exitCodes } from './cli/exitCodes.js';
import { printFailure } from './cli/failure.js';
import { messageOf, PipelineError } from './errors.js';
import { soapstreamVersion } from './version.js';

const DEFAULT_FILE = 'pipelines.yaml';

/** Sets the exit code rather than leaving at once, so that pipes are not cut off. */
async function exitWith(code: Promise<number>): Promise<void> {
  process.exitCode = await code;
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

/** Options that have a value, and are given once. */
function texts<Name extends string>(described: Readonly<Record<Name, string>>): Record<Name, TextOption> {
  const options = Object.entries<string>(described).map(([name, describe]) => [
    name,
    { type: 'string', requiresArg: true, coerce: once(`--${name}`), describe },
  ]);
  return Object.fromEntries(options) as Record<Name, TextOption>;
}

interface TextOption {
  readonly type: 'string';
  readonly requiresArg: true;
  readonly coerce: (given: unknown) => string | undefined;
  readonly describe: string;
}

/** Options that have a value, and may be given again. */
const manyTexts = (describe: string) =>
  ({ array: true, type: 'string', requiresArg: true, nargs: 1, default: [] as string[], describe }) as const;

/** One of several words, by default the first. */
const choice = <Word extends string>(name: string, choices: readonly [Word, ...Word[]], describe: string) => ({
  choices,
  requiresArg: true,
  coerce: (given: unknown) => once(name)(given) as Word,
  default: choices[0],
  describe,
});

const flag = (describe: string) => ({ type: 'boolean', default: false, describe }) as const;

const several = (describe: string) => ({ type: 'string', array: true, default: [] as string[], describe }) as const;

const needed = (describe: string) => ({ type: 'string', demandOption: true, describe }) as const;

const onceNeeded = (name: string) => (given: unknown) => once(name)(given) ?? '';

/** What may be left out. */
const preset = (name: string, value: string, describe: string) =>
  ({ type: 'string', default: value, coerce: (given: unknown) => once(name)(given) ?? value, describe }) as const;

const planOptions = <T>(command: Argv<T>) =>
  command
    .option(
      'set',
      manyTexts('override a variable, or an option of a step: --set rCut=50 --set train.classify.epochs=2'),
    )
    .option(
      'operators',
      manyTexts(
        "module, or folder of modules, that the file may name as an operator of one's own; also in package.json",
      ),
    )
    .option(
      'allow-write',
      manyTexts(
        'folder that outputs may be written below, beside that of --out, of the file, and the working directory',
      ),
    )
    .options(
      texts({
        profile: 'take the values of one of the profiles of the file; --set wins over it',
        out: 'folder of the outputs, ${out} in the file; default out, of a limited run out-limited',
      }),
    );

const MEMORY = 'what all threads of a run may take, such as 2GiB; no bound by default';

const engineOption = choice(
  '--engine',
  ['local', 'processes', 'spark'],
  'who runs the steps: this process, or tasks, a process each, here or on a cluster of Spark',
);
const TASKS = 'parts that each source is cut into, with --engine processes or spark; default one for each core here';

const fileArgument = <T>(command: Argv<T>) =>
  planOptions(command).positional('file', preset('file', DEFAULT_FILE, 'pipeline file'));

const fileIfAny = <T>(command: Argv<T>) =>
  planOptions(command).positional('file', {
    type: 'string',
    coerce: once('file'),
    describe: `pipeline file (${DEFAULT_FILE} if the first word is no .yaml)`,
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
      fileIfAny(command)
        .positional('pipelines', several('names of pipelines and sweeps'))
        .options(
          texts({
            workers: 'threads for SOAP, or for the trials of a sweep; default one for each core, 0 for none',
            limit: 'read only the first rows of each source, at most so many; everything else is done as ever',
            memory: MEMORY,
            'batch-timeout': "how long an operator of one's own may take for a batch, such as 60s; no limit by default",
          }),
        )
        .option(
          'log-format',
          choice(
            '--log-format',
            ['text', 'json'],
            'what standard error gets: lines for people, or a line of JSON for each event',
          ),
        )
        .options(
          texts({
            'metrics-port':
              'serve metrics for Prometheus at /metrics of this port while it runs; 0 takes one that is free',
            'metrics-host':
              'address that the metrics are served at; default 127.0.0.1, which only this machine reaches',
            lineage: 'file or URL that gets what each pipeline reads and writes, as events of OpenLineage',
            'checkpoint-seconds':
              'keep what has been done, each time after so long, for a run that goes on after an interruption; default 30',
          }),
        )
        .option('engine', engineOption)
        .options(
          texts({
            tasks: TASKS,
            master: 'with --engine spark: its master, such as spark://host:7077',
            archive: 'with --engine spark: archive with Node and this program, for executors that have neither',
          }),
        )
        .option('json', flag('print a report in JSON at the end'))
        .option('force', flag('run pipelines that have not changed, too, and begin anew where a run was interrupted'))
        .option('dry-run', flag('say what would run and why, and run nothing'))
        .example('$0 run', `run the default pipelines of ${DEFAULT_FILE}`)
        .example('$0 run train test --set epochs=40', 'run two of them with another setting')
        .example('$0 run my.yaml --out results', 'run another file, write elsewhere')
        .example('$0 run my.yaml search --profile quick', 'run a sweep with the values of a profile')
        .example('$0 run my.yaml --limit 100', 'try everything on the first 100 rows, in out-limited')
        .epilogue(
          'Ctrl-C stops cleanly: finished outputs stay, none is half there. The same command goes on from the latest checkpoint, a sweep at its trial.',
        ),
    ({ file: first, pipelines: others, ...args }) => {
      const [file, pipelines] = fileAndNames(first, others);
      const options = {
        batchTimeout: args['batch-timeout'],
        checkpointSeconds: args['checkpoint-seconds'],
        dryRun: args['dry-run'],
        logFormat: args['log-format'],
        metricsPort: args['metrics-port'],
        metricsHost: args['metrics-host'],
      };
      return exitWith(import('./cli/run.js').then(({ run }) => run({ ...args, ...options, file, pipelines })));
    },
  )
  .command(
    'segment <file> <pipeline>',
    'run some steps of a pipeline between standard input and output, as Arrow IPC streams',
    (command) =>
      planOptions(command)
        .positional('file', needed('pipeline file'))
        .positional('pipeline', needed('name of the pipeline'))
        .options(
          texts({
            from: 'first step; that of the pipeline by default',
            to: 'last step; that of the pipeline by default',
          }),
        )
        .option('schema', flag('print what goes in and out as JSON, and stop'))
        .option('compile', flag('print these steps as a pipeline file of their own, and stop'))
        .options(texts({ report: 'file, or number of a descriptor, that gets counts and metrics as lines of JSON' }))
        .example('$0 segment pipelines.yaml test --from imageToXyz < in.arrows > out.arrows', 'a part of a pipeline'),
    (args) => exitWith(import('./cli/segment.js').then(({ segment }) => segment(args))),
  )
  .command(
    'plan [file] [pipelines..]',
    'cut pipelines into tasks that any scheduler can run; no rows are read',
    (command) =>
      fileIfAny(command)
        .positional('pipelines', several('names of pipelines'))
        .options({
          splits: { ...needed('parts that each source is cut into, at most'), coerce: onceNeeded('--splits') },
        })
        .options(
          texts({
            limit: 'read only the first rows of each source, at most so many',
            to: 'folder that gets plan.json and task-0.json, task-1.json …',
          }),
        )
        .option('json', flag('print the plan as JSON'))
        .example('$0 plan my.yaml describe --splits 64 --to tasks', 'a plan for an array of 64 jobs'),
    ({ file: first, pipelines: others, ...args }) => {
      const [file, pipelines] = fileAndNames(first, others);
      return exitWith(import('./cli/plan.js').then(({ plan }) => plan({ ...args, file, pipelines })));
    },
  )
  .command(
    'task <task>',
    'run one task of a plan: it leaves a part, and prints its line for the manifest',
    (command) =>
      command
        .positional('task', needed('file of the task'))
        .options({ attempt: { ...needed('a name that no other attempt has'), coerce: onceNeeded('--attempt') } })
        .option('workers', { ...preset('--workers', '0', 'threads for SOAP'), requiresArg: true })
        .options(texts({ report: 'file, or number of a descriptor, that gets a line of JSON each second' }))
        .option(
          'operators',
          manyTexts("module, or folder of modules, that the task may load as operators of one's own"),
        )
        .example('$0 task tasks/task-3.json --attempt 1 >> manifest.jsonl', 'the fourth of them'),
    (args) => exitWith(import('./cli/task.js').then(({ task }) => task(args))),
  )
  .command(
    'commit <plan> <manifest>',
    'publish what the tasks of a plan have left, after the steps that need all of it',
    (command) =>
      command
        .positional('plan', needed('file of the plan'))
        .positional('manifest', needed('file with the lines of all tasks'))
        .options(texts({ workers: 'threads for SOAP; default one for each core, 0 for none', memory: MEMORY }))
        .option('operators', manyTexts("module, or folder of modules, that may be loaded as operators of one's own"))
        .option('allow-write', manyTexts('folder that outputs may be written below, beside those of run'))
        .option('json', flag('print a report in JSON at the end')),
    (args) => exitWith(import('./cli/commit.js').then(({ commit }) => commit(args))),
  )
  .command(
    'tap <file> <pipeline> <step>',
    'print the first rows that leave a step (or the source), and write nothing',
    (command) =>
      planOptions(command)
        .positional('file', needed('pipeline file'))
        .positional('pipeline', needed('name of the pipeline'))
        .positional('step', needed('its id, or the name of the source'))
        .options(texts({ rows: 'rows to print; default 10' }))
        .option(
          'format',
          choice(
            '--format',
            ['table', 'json', 'arrow'],
            'a table with cells cut short, a line of JSON for each row, or an Arrow IPC stream',
          ),
        )
        .example('$0 tap pipelines.yaml describe imageToXyz --rows 3', 'point clouds as they arrive at soap'),
    ({ rows = '10', ...args }) =>
      exitWith(import('./cli/tap.js').then(({ tap }) => tap({ ...args, rows: wholeNumber('--rows', rows, 1) }))),
  )
  .command(
    'test [file] [names..]',
    'run the tests of a pipeline file: all, or those named',
    (command) =>
      fileIfAny(command)
        .positional('names', several('names of tests'))
        .option('update', flag('write what came out into the file, where something else was expected'))
        .option('json', flag('print JSON'))
        .example('$0 test my.yaml turned --update', 'take what comes out of one test as expected'),
    ({ file: first, names: others, ...args }) => {
      const [file, chosen] = fileAndNames(first, others);
      return exitWith(import('./cli/test.js').then(({ test }) => test({ ...args, file, names: chosen })));
    },
  )
  .command(
    'validate [file]',
    'check a pipeline file without touching data: every error at once',
    (command) =>
      fileArgument(command)
        .options(texts({ memory: MEMORY, tasks: TASKS }))
        .option('engine', engineOption)
        .option('json', flag('print JSON')),
    ({ memory, ...args }) =>
      exitWith(
        import('./cli/validate.js').then(({ validate }) =>
          validate({ ...args, memory: memorySize('--memory', memory) }),
        ),
      ),
  )
  .command(
    'graph [file]',
    'draw the pipelines: steps, files, artifacts',
    (command) =>
      fileArgument(command)
        .option('format', choice('--format', ['mermaid', 'dot'], 'language of the drawing'))
        .options(texts({ tasks: TASKS }))
        .option('engine', engineOption)
        .example('$0 graph --format dot | dot -Tsvg > pipelines.svg', 'draw with Graphviz'),
    (args) => exitWith(import('./cli/graph.js').then(({ graph }) => graph(args))),
  )
  .command(
    'list [name]',
    'list sources, operators and sinks, or describe one of them',
    (command) =>
      command.positional('name', { type: 'string' }).example('$0 list soap', 'options and an example of soap'),
    ({ name }) => exitWith(import('./cli/list.js').then(({ list }) => list(name))),
  )
  .command(
    'schema',
    'print the JSON Schema of pipeline files, for editors',
    (command) => command.example('$0 schema > pipelines.schema.json', 'keep it beside the pipeline file'),
    () => exitWith(import('./cli/schema.js').then(({ schema }) => schema())),
  )
  .command(
    'inspect <path>',
    'show what a file holds: Parquet, Arrow IPC, IDX, an artifact',
    (command) =>
      command
        .positional('path', {
          ...needed('file or directory'),
          coerce: (given: unknown) => once('path')(given) ?? '',
        })
        .option('rows', { ...preset('--rows', '5', 'rows to show'), requiresArg: true })
        .option('json', flag('print JSON')),
    ({ rows, ...args }) =>
      exitWith(
        import('./cli/inspect.js').then(({ inspect }) => inspect({ ...args, rows: wholeNumber('--rows', rows) })),
      ),
  )
  .command(
    'report [dir]',
    'make one HTML page of what runs have written: tables, curves, digits',
    (command) =>
      command
        .positional('dir', preset('dir', 'out', 'folder of the outputs'))
        .options(texts({ output: 'the page; default report.html in the folder' }))
        .example('$0 report out', 'write out/report.html'),
    ({ dir, output }) => exitWith(import('./cli/report.js').then(({ report }) => report({ directory: dir, output }))),
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
  process.exitCode = exitCodeOf(error);
}

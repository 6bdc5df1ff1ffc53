import { relative, resolve } from 'node:path';
import type { z } from 'zod';
import { messageOf, PipelineError } from '../errors.js';
import type { ComponentDoc } from '../config/catalogue.js';
import type { IoContext } from '../io/definition.js';
import { sinks } from '../io/sinks.js';
import { sources } from '../io/sources.js';
import { whereItLeads } from '../io/whereItLeads.js';
import { isFitted, type OperatorDefinition } from '../operators/frame/definition.js';
import { loadOperator } from '../operators/loadOperator.js';
import { operators } from '../operators/table.js';
import { isModulePath, optionForms } from '../config/catalogue.js';
import { describeValue, listChoices } from '../config/describe.js';
import type { Diagnostics } from '../config/diagnostics.js';
import type { PipelineDocument } from '../config/document.js';
import { checkOptions } from '../config/options.js';
import { NAME, NAME_RULE, formatName, isMapping, subjectOf } from '../config/paths.js';
import { isBelow } from './places.js';
import type { SinkPlan, SourcePlan, UnplacedStep } from './plan.js';
import type { ComponentEntry } from '../config/grammar.js';
import { suggest } from '../config/suggest.js';

/** Turns the components that a file names into those of the library (or of the user's modules), with parsed options. */
export class ComponentResolver {
  readonly #document: PipelineDocument;
  readonly #diagnostics: Diagnostics;
  readonly #io: IoContext;
  readonly #baseDirectory: string;
  readonly #allowed: readonly string[] | undefined;

  /**
   * @param places.baseDirectory where the paths of modules start
   * @param places.operators modules that may be loaded, and folders of them; all if undefined
   */
  constructor(
    document: PipelineDocument,
    diagnostics: Diagnostics,
    io: IoContext,
    { baseDirectory, operators: allowed }: { readonly baseDirectory: string; readonly operators?: readonly string[] },
  ) {
    this.#document = document;
    this.#diagnostics = diagnostics;
    this.#io = io;
    this.#baseDirectory = baseDirectory;
    this.#allowed = allowed?.map((path) => whereItLeads(path));
  }

  source(entry: ComponentEntry): SourcePlan | undefined {
    const definition = this.#named(entry, 'source', sources);
    const options = definition && this.#options(definition.options, entry);
    const reads = options && this.#pathsOf(entry, () => definition.reads(options, this.#io));
    return reads && { definition, options, reads };
  }

  sink(entry: ComponentEntry): SinkPlan | undefined {
    const definition = this.#named(entry, 'sink', sinks);
    const options = definition && this.#options(definition.options, entry);
    const writes = options && this.#pathsOf(entry, () => definition.writes(options, this.#io));
    return definition && options && writes !== undefined ? { definition, options, writes } : undefined;
  }

  async step(entry: ComponentEntry): Promise<UnplacedStep | undefined> {
    const operator = isModulePath(entry.name) ? resolve(this.#baseDirectory, entry.name) : entry.name;
    const definition = await this.#operator(entry, operator);
    if (!definition) return undefined;
    const { id } = entry;
    if (!isFitted(definition)) {
      const options = this.#options(definition.options, entry);
      return options && { kind: 'stream', id, definition, options, operator };
    }
    const use = this.#use(entry);
    const form = optionForms(definition).find((each) => each.use === use);
    const options = form && this.#options(form.options, entry);
    if (!options || !use) return undefined;
    const { [use]: artifact, ...rest } = options;
    if (!NAME.test(String(artifact))) {
      const message = `${subjectOf(entry.path)}.${use}: expected ${NAME_RULE}, got ${describeValue(artifact)}`;
      this.#diagnostics.error(this.#document.locate([...entry.path, use], 'value'), message);
      return undefined;
    }
    return { kind: use, id, operator, definition, options: rest, artifact: artifact as string };
  }

  async #operator(entry: ComponentEntry, operator: string): Promise<OperatorDefinition | undefined> {
    if (!isModulePath(entry.name)) return this.#named(entry, 'operator', operators);
    const place = whereItLeads(operator);
    if (this.#allowed?.every((path) => path !== place && !isBelow(place, path))) {
      const message = `${subjectOf(entry.path)}: is code, which a pipeline file alone cannot have loaded: allow it by --operators ${relative('.', operator)}, or in package.json by "soapstream": { "operators": [paths] }`;
      this.#diagnostics.error(this.#document.locate(entry.path, 'key'), message);
      return undefined;
    }
    try {
      return await loadOperator(operator);
    } catch (error) {
      this.#diagnostics.error(
        this.#document.locate(entry.path, 'key'),
        `${subjectOf(entry.path)}: ${messageOf(error)}`,
      );
      return undefined;
    }
  }

  #named<T extends ComponentDoc>(entry: ComponentEntry, kind: string, table: readonly T[]): T | undefined {
    const found = table.find(({ name }) => name === entry.name);
    if (!found) {
      const names = table.map(({ name }) => name);
      const message = `unknown ${kind} ${formatName(entry.name)}, expected ${listChoices(names)}`;
      this.#diagnostics.error(this.#document.locate(entry.path, 'key'), message, suggest(entry.name, names));
    }
    return found;
  }

  #options<Options extends z.ZodObject>(
    schema: Options,
    { options, path }: ComponentEntry,
  ): z.output<Options> | undefined {
    return checkOptions(schema, options, path, this.#document, this.#diagnostics);
  }

  /** Whether a fitted operator is to be fitted or applied. */
  #use({ options, path }: ComponentEntry): 'fit' | 'apply' | undefined {
    const given = (['fit', 'apply'] as const).filter((key) => isMapping(options) && Object.hasOwn(options, key));
    if (given.length === 1) return given[0];
    if (options !== undefined) {
      const found = given.length === 2 ? 'both' : isMapping(options) ? 'neither' : describeValue(options);
      const message = `${subjectOf(path)}: expected either fit: name or apply: name, got ${found}`;
      this.#diagnostics.error(this.#document.locate(path, 'key'), message);
    }
    return undefined;
  }

  #pathsOf<T>(entry: ComponentEntry, resolvePaths: () => T): T | undefined {
    try {
      return resolvePaths();
    } catch (error) {
      if (!(error instanceof PipelineError)) throw error;
      this.#diagnostics.error(this.#document.locate(entry.path, 'value'), `${subjectOf(entry.path)}: ${error.message}`);
      return undefined;
    }
  }
}

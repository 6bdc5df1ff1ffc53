import { z } from 'zod';

/** What every component of a pipeline file says of itself: the base of validation, JSON Schema and reference. */
export interface ComponentDoc {
  readonly name: string;
  /** One sentence. */
  readonly summary: string;
  /** Markdown, a few paragraphs at the most. */
  readonly description?: string;
  /** A short YAML example, as it stands in a pipeline file. */
  readonly example: string;
}

/** A source, a sink or an operator that streams, as far as its options and its documentation go. */
export interface StreamComponent extends ComponentDoc {
  readonly options: z.ZodObject;
}

/** An operator that is fitted and applied, with options for either. */
export interface FittedComponent extends ComponentDoc {
  readonly fitOptions: z.ZodObject;
  readonly applyOptions: z.ZodObject;
}

export type Component = StreamComponent | FittedComponent;

/** Everything that a pipeline file may name. */
export interface Catalogue {
  readonly sources: readonly StreamComponent[];
  readonly sinks: readonly StreamComponent[];
  readonly operators: readonly Component[];
  /** What a file may declare beside its pipelines, for the reference. */
  readonly parts?: readonly StreamComponent[];
}

/** One way to write the options of a component. */
export interface OptionsForm {
  /** What the options ask of an operator that is fitted and applied. */
  readonly use?: 'fit' | 'apply';
  readonly options: z.ZodObject;
}

/** The ways to write the options of a component: one, or `fit: name` and `apply: name` with what belongs to each. */
export function optionForms(component: Component): readonly OptionsForm[] {
  const forms =
    known.get(component) ?? ('options' in component ? [{ options: component.options }] : fittedForms(component));
  known.set(component, forms);
  return forms;
}

/** Forms are made once, so that whatever is derived from their schemas can be kept too. */
const known = new WeakMap<Component, readonly OptionsForm[]>();

function fittedForms({ fitOptions, applyOptions }: FittedComponent): OptionsForm[] {
  const fit = z.string().min(1).describe('Fits on the stream and keeps the artifact under this name.');
  const apply = z.string().min(1).describe('Applies the artifact of this name to the stream.');
  return [
    { use: 'fit', options: fitOptions.safeExtend({ fit }) },
    { use: 'apply', options: applyOptions.safeExtend({ apply }) },
  ];
}

/** Operators of one's own are named by the path of their module: `./own.mjs`, `../lib/own.js`, `own-operators/noise.mjs`. */
export const MODULE_PATH = /^\.{1,2}\/|\.m?js$/;

export function isModulePath(name: string): boolean {
  return MODULE_PATH.test(name);
}

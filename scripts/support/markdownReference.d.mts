import type { Catalogue, Component } from '#dist/config/catalogue.js';

export function markdownReference(catalogue: Catalogue, examples?: ReadonlyMap<string, string>): string;
export function componentMarkdown(component: Component): string;

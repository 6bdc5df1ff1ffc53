/** A module that loads when something of it is used for the first time. */
export class LazyModule<Module extends object> {
  /** Its functions and classes, each as a stand-in. */
  readonly functions: Module;
  /** Its objects, each as a stand-in. What is primitive has none. */
  readonly objects: Module;
  readonly #load: () => Module;
  #loaded: Module | undefined;

  constructor(load: () => Module) {
    this.#load = load;
    this.functions = this.#standIns(() => function standIn() {});
    this.objects = this.#standIns(() => ({}));
  }

  #standIns(target: () => object): Module {
    return new Proxy({} as Module, {
      get: (_, name) => standInFor(() => Reflect.get((this.#loaded ??= this.#load()), name) as object, target()),
    });
  }
}

/** All that is done to `target` is done to what `resolve` gives. */
function standInFor(resolve: () => object, target: object): object {
  const resolveFunction = (): (() => unknown) => resolve() as () => unknown;
  return new Proxy(target, {
    apply: (_, self, args) => Reflect.apply(resolveFunction(), self, args) as unknown,
    construct: (_, args, newTarget) => Reflect.construct(resolveFunction(), args, newTarget) as object,
    get: (_, name) => Reflect.get(resolve(), name) as unknown,
    has: (_, name) => Reflect.has(resolve(), name),
    ...(typeof target === 'object' && {
      getPrototypeOf: () => Reflect.getPrototypeOf(resolve()), // for `instanceof`
      ownKeys: () => Reflect.ownKeys(resolve()),
      getOwnPropertyDescriptor(_: object, name: string | symbol) {
        const found = Reflect.getOwnPropertyDescriptor(resolve(), name);
        return found && { ...found, configurable: true }; // as the rules for proxies demand
      },
    }),
  });
}

/**
 * Numbers that are known when compiling, as types: AssemblyScript's generics take no others. `offsetof<Three>()` is 3, and a
 * condition on it is decided by the compiler.
 */
@unmanaged
export class One {
  a: u8;
}

@unmanaged
export class Two extends One {
  b: u8;
}

@unmanaged
export class Three extends Two {
  c: u8;
}

@unmanaged
export class Four extends Three {
  d: u8;
}

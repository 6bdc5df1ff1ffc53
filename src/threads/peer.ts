import type { PipelineError } from '../errors.js';
import { type FileRetry, tell } from './news.js';
import { fromWire, toWire, type WireError } from './wireError.js';

/** What one side offers the other: functions of one argument each, which must survive structured cloning. */
export type Offer = Record<string, (argument: never, context: CallContext) => unknown>;

export interface CallContext {
  /** Aborted when the caller wants no answer any more, with its reason. The call should end soon, by failing. */
  readonly signal: AbortSignal;
}

export interface CallOptions {
  /** Buffers that are given away with the argument. */
  readonly transfer?: readonly ArrayBuffer[];
  readonly signal?: AbortSignal;
}

/** A value together with the buffers that are given away with it, as an answer. */
export class HandedOver<Value> {
  readonly value: Value;
  readonly buffers: readonly ArrayBuffer[];

  constructor(value: Value, buffers: readonly ArrayBuffer[]) {
    this.value = value;
    this.buffers = buffers;
  }
}

/** What a call of an offered function resolves to. */
export type Answered<Offered extends Offer, Name extends keyof Offered> =
  Awaited<ReturnType<Offered[Name]>> extends HandedOver<infer Value> ? Value : Awaited<ReturnType<Offered[Name]>>;

type Message =
  | { readonly kind: 'call'; readonly id: number; readonly name: string; readonly argument: never }
  | { readonly kind: 'abort'; readonly id: number; readonly reason: WireError }
  | { readonly kind: 'value'; readonly id: number; readonly value: never }
  | { readonly kind: 'failure'; readonly id: number; readonly error: WireError }
  | { readonly kind: 'news'; readonly news: FileRetry };

interface PendingCall {
  /** What has crossed between threads has no type; `never` fits whatever the call promises. */
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * One of two sides that call each other's functions by messages: the only protocol between threads. Calls are started in the order in
 * which they were made; each is answered when it has ended. Errors arrive with code, place and stack.
 */
export class Peer<Remote extends Offer> {
  readonly #post: (message: Message, buffers: readonly ArrayBuffer[]) => void;
  readonly #offered: Offer;
  readonly #pending = new Map<number, PendingCall>();
  readonly #serving = new Map<number, AbortController>();
  #calls = 0;
  #failure: PipelineError | undefined;

  /**
   * @param post sends to the other side
   * @param offered what the other side may call
   */
  constructor(post: (message: unknown, buffers: readonly ArrayBuffer[]) => void, offered: Offer) {
    this.#post = post;
    this.#offered = offered;
  }

  /** @throws PipelineError of the call; of whatever the other side has died of */
  async call<Name extends keyof Remote & string>(
    name: Name,
    argument: Parameters<Remote[Name]>[0],
    { transfer = [], signal }: CallOptions = {},
  ): Promise<Answered<Remote, Name>> {
    if (this.#failure) throw this.#failure;
    const id = this.#calls++;
    const abort = (): void => this.#post({ kind: 'abort', id, reason: toWire(signal?.reason) }, []);
    try {
      return await new Promise<Answered<Remote, Name>>((resolve, reject) => {
        this.#pending.set(id, { resolve, reject });
        this.#post({ kind: 'call', id, name, argument }, transfer);
        if (signal?.aborted) abort();
        else signal?.addEventListener('abort', abort, { once: true });
      });
    } finally {
      this.#pending.delete(id);
      signal?.removeEventListener('abort', abort);
    }
  }

  /** Takes a message of the other side. */
  receive(received: unknown): void {
    const message = received as Message;
    if (message.kind === 'news') tell(message.news);
    else if (message.kind === 'call') void this.#serve(message.id, message.name, message.argument);
    else if (message.kind === 'abort') this.#serving.get(message.id)?.abort(fromWire(message.reason));
    else if (message.kind === 'value') this.#pending.get(message.id)?.resolve(message.value);
    else this.#pending.get(message.id)?.reject(fromWire(message.error));
  }

  /** Tells the other side without waiting for anything. */
  tell(news: FileRetry): void {
    this.#post({ kind: 'news', news }, []);
  }

  /** The other side is gone: all calls without an answer reject, and those that come. The first failure stays. */
  fail(failure: PipelineError): void {
    this.#failure ??= failure;
    for (const { reject } of this.#pending.values()) reject(this.#failure);
  }

  async #serve(id: number, name: string, argument: never): Promise<void> {
    const controller = new AbortController();
    this.#serving.set(id, controller);
    try {
      const answer: unknown = await this.#offered[name]!(argument, { signal: controller.signal });
      const { value, buffers } = answer instanceof HandedOver ? answer : new HandedOver(answer, []);
      this.#post({ kind: 'value', id, value: value as never }, buffers);
    } catch (error) {
      this.#post({ kind: 'failure', id, error: toWire(error) }, []);
    } finally {
      this.#serving.delete(id);
    }
  }
}

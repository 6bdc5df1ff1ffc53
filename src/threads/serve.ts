import { parentPort } from 'node:worker_threads';
import { listen } from './news.js';
import { type CallContext, type Offer, Peer } from './peer.js';

/**
 * The worker's side of a `Thread`: answers the calls of the thread that has started this one.
 * @returns the way to call it
 */
export function serve<Caller extends Offer>(offered: Offer): Peer<Caller> {
  const port = parentPort;
  if (!port) throw new Error('this module runs in a worker thread');
  const peer = new Peer<Caller>((message, buffers) => port.postMessage(message, [...buffers]), offered);
  listen((news) => peer.tell(news));
  port.on('message', (message) => peer.receive(message));
  // Whoever has sent it waits for an answer: the thread's death is one.
  port.on('messageerror', (error) => {
    throw error;
  });
  return peer;
}

/** The same functions, but a call begins when those before it have ended. */
export function oneByOne<Offered extends Offer>(offered: Offered): Offered {
  let last: Promise<unknown> = Promise.resolve();
  const waiting = Object.entries(offered).map(([name, serveCall]) => {
    const afterwards = (argument: never, context: CallContext): Promise<unknown> => {
      const answer = last.then(() => serveCall(argument, context));
      last = answer.catch(() => undefined);
      return answer;
    };
    return [name, afterwards] as const;
  });
  return Object.fromEntries(waiting) as Offered;
}

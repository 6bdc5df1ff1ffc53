/** `soapstream/flow`: streams that can be made to wait, between RxJS, async iterables and the streams of the Web. Nothing of Node. */
export { Channel, type ChannelLimits } from '../flow/channel.js';
export { fromPull } from '../flow/fromPull.js';
export { Gate } from '../flow/gate.js';
export { mapAsync, type MapAsyncOptions } from '../flow/mapAsync.js';
export { mapOrdered } from '../flow/mapOrdered.js';
export { through, type ThroughHooks } from '../flow/through.js';
export { throughEach } from '../flow/throughEach.js';
export { toTransformStream, type WebStreamPair } from '../flow/toTransformStream.js';

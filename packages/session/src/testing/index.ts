/** The public door of @mqtt/session/testing: what tests of this package, of the broker and of the client share. */
export { ManualClock } from './clock.ts';
export { End, type EndParts } from './end.ts';
export { ConnectionLost, MemoryEnd, MemoryLink, type MemoryLinkOptions } from './memory-link.ts';
export { Pair, type PairOptions, type ReceiveMaximums, type Side } from './pair.ts';
export { seededRandom } from './random.ts';
export { type Message, Referee, Violation } from './referee.ts';

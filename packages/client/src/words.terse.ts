/**
 * `words.ts` without a word: what the small client has in its place. An error's message is its code then, and what it
 * concerns stands in its other fields.
 */

/** The name is all that is told. */
function noOption(name: string): string {
  return name;
}
function late(): void {}
function unreachable(): void {}
function early(): void {}
function lost(): void {}
/** All that a platform tells. */
function socketClosed(code: number, reason: string): string {
  return `${code} ${reason}`;
}

function silent(): void {}
function malformed(): void {}
function beforeConnack(): void {}
function connectRefused(): void {}
function tooManyAtOnce(): void {}
function strayAnswer(): void {}
function unequalAnswer(): void {}
function unsendable(): void {}
function overLimit(): void {}
function requestsFull(): void {}
function refusal(): void {}
function publishRefused(): void {}
function subscribeRefused(): void {}
function unsubscribeRefused(): void {}
function afterEnd(): void {}
function handlerFailed(): void {}
const aborted = '';
const notBinary = '';
const credentialsInUrl = '';
const secondConnack = '';
const sessionUnasked = '';
const disconnected = '';
const badAlias = '';
const badQoS = '';
const queueFull = '';
const sessionLost = '';
const ended = '';
const endedEarly = '';
const connectionEnded = '';

export {
  aborted,
  afterEnd,
  badAlias,
  badQoS,
  beforeConnack,
  connectionEnded,
  connectRefused,
  credentialsInUrl,
  disconnected,
  early,
  ended,
  endedEarly,
  handlerFailed,
  late,
  lost,
  malformed,
  noOption,
  notBinary,
  overLimit,
  publishRefused,
  queueFull,
  refusal,
  requestsFull,
  secondConnack,
  sessionLost,
  sessionUnasked,
  silent,
  socketClosed,
  strayAnswer,
  subscribeRefused,
  tooManyAtOnce,
  unequalAnswer,
  unreachable,
  unsendable,
  unsubscribeRefused,
};

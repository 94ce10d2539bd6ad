/**
 * What stands in a payload of the load, so that the receiving end can tell which message it is, whether it is whole
 * and how long it was on its way: number, publisher, time of sending, then a pattern of the publisher's own.
 */

/** Bytes before the pattern. */
export const HEAD_BYTES = 16;

/** A byte of the pattern of a publisher. */
function pattern(publisher: number, at: number): number {
  return (publisher * 31 + at * 7 + (at >> 8)) & 0xff;
}

/** A payload of `bytes` bytes (at least HEAD_BYTES) with its pattern; number and time still 0. */
export function payloadOf(publisher: number, bytes: number): Uint8Array {
  if (bytes < HEAD_BYTES) throw new RangeError(`a payload of the load has at least ${HEAD_BYTES} bytes`);
  const payload = Uint8Array.from({ length: bytes }, (_, at) => pattern(publisher, at));
  payload.fill(0, 0, HEAD_BYTES);
  payload[4] = publisher >> 8;
  payload[5] = publisher & 0xff;
  return payload;
}

/** Writes the message's number. */
export function setNumber(bytes: Uint8Array, at: number, number: number): void {
  bytes[at] = number >>> 24;
  bytes[at + 1] = number >>> 16;
  bytes[at + 2] = number >>> 8;
  bytes[at + 3] = number;
}

/** The message's number: 0, 1, 2 … for each publisher. */
export function numberAt(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] ?? 0) << 24) |
      ((bytes[at + 1] ?? 0) << 16) |
      ((bytes[at + 2] ?? 0) << 8) |
      (bytes[at + 3] ?? 0)) >>>
    0
  );
}

/** Which publisher sent it. */
export function publisherAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at + 4] ?? 0) << 8) | (bytes[at + 5] ?? 0);
}

const clockBytes = new Uint8Array(8);
const clockView = new DataView(clockBytes.buffer);

/** Writes when it was sent, in milliseconds of the machine's monotonic clock. */
export function setTime(bytes: Uint8Array, at: number, now: number): void {
  clockView.setFloat64(0, now);
  bytes.set(clockBytes, at + 8);
}

/** When it was sent, in milliseconds of the machine's monotonic clock. */
export function timeAt(bytes: Uint8Array, at: number): number {
  for (let i = 0; i < 8; i++) clockBytes[i] = bytes[at + 8 + i] ?? 0;
  return clockView.getFloat64(0);
}

/** Does the pattern stand from `at` to `end` as the publisher wrote it? */
export function isWhole(bytes: Uint8Array, at: number, end: number, publisher: number): boolean {
  for (let i = HEAD_BYTES; at + i < end; i++) if (bytes[at + i] !== pattern(publisher, i)) return false;
  return true;
}

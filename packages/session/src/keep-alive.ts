/**
 * When a quiet connection needs a PINGREQ, and when it is dead (§3.1.2.10). Pure functions of times in ms of any
 * clock; keepAlive in seconds, as in CONNECT or as Server Keep Alive says. Infinity: never. Owns no timer.
 */

/**
 * When the client sends PINGREQ [MQTT-3.1.2-20]: keepAlive after it last sent anything, or after it last heard anything
 * when it only sends (so that a dead server is noticed), but never sooner than keepAlive after the last PINGREQ.
 */
export function pingreqDeadline(
  lastSent: number,
  lastReceived: number,
  lastPingreq: number,
  keepAlive: number,
): number {
  if (keepAlive === 0) return Number.POSITIVE_INFINITY;
  return Math.min(lastSent, Math.max(lastReceived, lastPingreq)) + keepAlive * 1000;
}

/**
 * When nothing has come for 1.5 times keepAlive and the connection counts as failed: the server must end it
 * [MQTT-3.1.2-22]; a client that sends PINGREQ as above may (§3.12.4).
 */
export function closeDeadline(lastReceived: number, keepAlive: number): number {
  return keepAlive === 0 ? Number.POSITIVE_INFINITY : lastReceived + keepAlive * 1500;
}

/**
 * What a transport is: a function that opens a byte pipe to an endpoint. Everything a transport knows of MQTT is the
 * name of the WebSocket subprotocol.
 */
import type { Link, LinkHandler } from '@mqtt/session';
import type { Endpoint } from '../url.ts';

/**
 * Opens a byte pipe to `endpoint`. Bytes and the end go to `handler`: `closed` exactly once after this promise has
 * resolved, never when it rejects. An abort of `signal` before that rejects and leaves nothing open.
 */
export type Transport = (endpoint: Endpoint, handler: LinkHandler, signal: AbortSignal) => Promise<Link>;

/** The WebSocket subprotocol [MQTT-6.0.0-3]. */
export const SUBPROTOCOL = 'mqtt';

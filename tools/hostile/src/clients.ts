/**
 * Clients that come in as they should, for plays that need some: connected, subscribed, gone again. Knows no cases.
 */
import { equal } from 'node:assert/strict';
import type { Arena } from './arena.ts';
import { DISCONNECT, type Hello, subscribe } from './bytes.ts';
import type { Peer } from './peer.ts';

let clients = 0;

/** A client id nobody else has. */
export function ownId(): string {
  return `hostile-${++clients}`;
}

/** A connection whose CONNECT is sent, and what came back first. */
export async function attempt(
  arena: Arena,
  hello: Hello,
  listener?: string,
): Promise<readonly [peer: Peer, connack: string]> {
  const peer = arena.open(listener);
  return [peer, await peer.hello(hello)];
}

/** A client that is let in, under an id of its own. */
export async function client(arena: Arena, hello: Hello = {}, listener?: string): Promise<Peer> {
  const [peer, connack] = await attempt(arena, { id: ownId(), ...hello }, listener);
  equal(connack.replace(' present', ''), 'CONNACK 0x00');
  return peer;
}

/** A client that is let in and has subscribed; `options` as in SUBSCRIBE. */
export async function subscriber(
  arena: Arena,
  filter: string,
  options = 0,
  hello: Hello = {},
  listener?: string,
): Promise<Peer> {
  const peer = await client(arena, hello, listener);
  peer.send(subscribe(filter, { options, version: hello.version ?? 5 }));
  equal(await peer.next(), `SUBACK 1 0x0${options & 3}`);
  return peer;
}

/** So many packets in words. */
export async function some(peer: Peer, count: number): Promise<readonly string[]> {
  const all: string[] = [];
  while (all.length < count) all.push(await peer.next());
  return all;
}

/** Leaves with DISCONNECT 0x00; returns when the connection is gone. */
export async function leave(peer: Peer): Promise<void> {
  peer.send(DISCONNECT);
  await peer.closed();
  peer.cut();
}

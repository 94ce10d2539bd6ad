/**
 * Ports for programs that cannot choose one themselves, and for whoever listens again where it listened before. They lie
 * below the range from which systems take the ports of outgoing connections, so that no connection takes one while its
 * owner is away, and this process gives none to two owners. Another process may take one, and the caller tries again.
 */
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

// Linux takes ports of outgoing connections from 32,768 on, macOS and Windows from 49,152 on. From 20,000 on tools/crash
// takes its ports, whose brokers are away while they are dead: in CI both run at the same time.
const FIRST = 10_000;
const BEHIND_LAST = 20_000;

/** Those that have an owner, who may be away. */
const owned = new Set<number>();

/** Free loopback TCP ports, all different, for as long as this process lives. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) ports.push(await ownPort());
  return ports;
}

/** A free loopback TCP port that is the caller's until `giveBack`. */
export async function ownPort(): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST, BEHIND_LAST);
    if (owned.has(port)) continue;
    owned.add(port);
    if (await isFree(port)) return port;
    owned.delete(port);
  }
}

/** Its owner is gone for good. */
export function giveBack(port: number): void {
  owned.delete(port);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

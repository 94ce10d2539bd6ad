/**
 * Ports for programs that cannot choose one themselves, or that start again at the same one. They lie below the range
 * from which systems take the ports of outgoing connections, so that no connection takes one while its program is away;
 * a collision with another program is possible, and the caller tries again.
 */
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

const FIRST = 10_000;
const BEHIND_LAST = 32_000;

/** Free loopback TCP ports, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = randomInt(FIRST, BEHIND_LAST);
    if (await isFree(port)) ports.add(port);
  }
  return [...ports];
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

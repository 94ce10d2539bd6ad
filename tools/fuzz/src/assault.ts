/**
 * Carries one attack out: opens the socket, sends the pieces, ends as told, and waits until the broker has let go too.
 * What comes back is not looked at. Whatever the system says against it is part of the game.
 */
import { connect, type Socket } from 'node:net';
import type { Attack } from './attack.ts';

/** ms that a client which stays does stay. */
const STAY = 40;
/** ms within which the broker must let go of a client that has ended. */
export const PATIENCE = 15_000;

/** Plays `attack` against a port. Resolves false when the broker did not let go in time. */
export async function assault(attack: Attack, port: number): Promise<boolean> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  socket.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.on('end', () => socket.end());
  const isOpen = await new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true));
    socket.once('close', () => resolve(false));
  });
  if (!isOpen) return true;
  if (attack.transport === 'ws' && !(await upgrade(socket, closed))) {
    socket.destroy();
    return true;
  }
  socket.resume();
  for (const chunk of attack.chunks) if (chunk.length > 0 && socket.writable) socket.write(chunk);
  return await end(socket, attack, closed);
}

async function end(socket: Socket, attack: Attack, closed: Promise<void>): Promise<boolean> {
  if (attack.end === 'reset') {
    socket.resetAndDestroy();
    return true;
  }
  if (attack.end === 'stay') {
    const stay = new Promise<void>((resolve) => setTimeout(resolve, STAY));
    await Promise.race([closed, stay]);
    socket.destroy();
    return true;
  }
  socket.end();
  const isGone =
    (await within(
      PATIENCE,
      closed.then(() => true),
    )) ?? false;
  socket.destroy();
  return isGone;
}

/** The WebSocket handshake (RFC 6455 §4.1); false when it is refused. */
async function upgrade(socket: Socket, closed: Promise<void>): Promise<boolean> {
  socket.write(
    'GET /mqtt HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n',
  );
  const answered = new Promise<boolean>((resolve) => {
    let head = '';
    const read = (chunk: Buffer): void => {
      head += chunk.toString('latin1');
      if (!head.includes('\r\n\r\n')) return;
      socket.off('data', read);
      resolve(head.startsWith('HTTP/1.1 101 '));
    };
    socket.on('data', read);
  });
  return (await within(PATIENCE, Promise.race([answered, closed.then(() => false)]))) ?? false;
}

/** What `promise` gives; undefined when it takes longer than `ms`. */
async function within<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  let late: NodeJS.Timeout | undefined;
  const patience = new Promise<undefined>((resolve) => {
    late = setTimeout(() => resolve(undefined), ms);
  });
  try {
    return await Promise.race([promise, patience]);
  } finally {
    clearTimeout(late);
  }
}

/**
 * A small process that starts programs for a large one. Their stdin, stdout and stderr are connections to the large one's
 * socket, given as the argument, each begun with a line `id fd`; orders and endings go over the channel of the process.
 * When the large one is gone, so are its programs. Plain JavaScript, so that no loader makes it larger.
 */
import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import process from 'node:process';

/** What `starter.ts` asks: to start a program, or to send it a signal.
 * @typedef {{ id: number, path: string, args: string[] } | { id: number, signal: NodeJS.Signals }} Order */

const [, , path = ''] = process.argv;
/** @type {Map<number, Promise<import('node:child_process').ChildProcess>>} */
const children = new Map();

/** A connection that the program has for itself: nothing of it is read here.
 * @param {number} id
 * @param {number} fd
 * @returns {Promise<import('node:net').Socket>} */
function connection(id, fd) {
  return new Promise((resolve, reject) => {
    const socket = connect({ path, allowHalfOpen: true });
    socket.pause();
    socket.on('error', reject);
    socket.write(`${id} ${fd}\n`, () => resolve(socket));
  });
}

/** @param {{ id: number, path: string, args: string[] }} order */
async function start({ id, path, args }) {
  const stdio = await Promise.all([0, 1, 2].map((fd) => connection(id, fd)));
  const child = spawn(path, args, { stdio });
  for (const socket of stdio) socket.destroy();
  child.on('error', ({ message }) => {
    children.delete(id);
    tell({ id, error: message });
  });
  child.on('spawn', () => tell({ id, pid: child.pid }));
  child.on('exit', (code, signal) => {
    children.delete(id);
    tell({ id, code, signal });
  });
  return child;
}

/** @param {import('./starter.ts').News} news */
function tell(news) {
  if (process.connected) process.send?.(news);
}

process.on('message', (/** @type {Order} */ order) => {
  if ('path' in order) children.set(order.id, start(order));
  else children.get(order.id)?.then((child) => child.kill(order.signal));
});

process.on('disconnect', async () => {
  for (const child of await Promise.all(children.values())) {
    child.on('exit', leave);
    child.kill('SIGKILL');
  }
  leave();
});

function leave() {
  if (children.size === 0) process.exit();
}

// Ctrl-C at a terminal is for all of its processes: this one ends with the large one.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => undefined);

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
  try {
    const child = spawn(path, args, { stdio });
    child.on('error', ({ message }) => over({ id, error: message }));
    child.on('spawn', () => tell({ id, pid: child.pid }));
    child.on('exit', (code, signal) => over({ id, code, signal }));
    return child;
  } finally {
    for (const socket of stdio) socket.destroy();
  }
}

/** @param {import('./starter.ts').News} news */
function tell(news) {
  if (process.connected) process.send?.(news);
}

/** @param {import('./starter.ts').News} news */
function over(news) {
  children.delete(news.id);
  tell(news);
}

process.on('message', (/** @type {Order} */ order) => {
  const { id } = order;
  if ('path' in order) {
    const child = start(order);
    children.set(id, child);
    child.catch(({ message }) => over({ id, error: message }));
  } else {
    const { signal } = order;
    children.get(id)?.then(
      (child) => child.kill(signal),
      () => undefined,
    );
  }
});

process.on('disconnect', async () => {
  for (const started of children.values()) {
    const child = await started.catch(() => undefined);
    child?.on('exit', leave);
    child?.kill('SIGKILL');
  }
  leave();
});

function leave() {
  if (children.size === 0) process.exit();
}

// Ctrl-C at a terminal is for all of its processes: this one ends with the large one.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => undefined);

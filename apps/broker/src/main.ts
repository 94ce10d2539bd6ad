/**
 * The program `mqttd`: its command line, then what that asks for. Ties the process to rooms that know no process.
 */
import { randomUUID } from 'node:crypto';
import { lchownSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import manifest from '../package.json' with { type: 'json' };
import { givenSockets } from './commands/activation.ts';
import { type Order, type PasswdOrder, readCommandLine, type StoreTask } from './commands/command-line.ts';
import type { Outcome } from './commands/configuration.ts';
import { type Surroundings, serve } from './commands/serve.ts';
import { configure, type Place } from './config/configure.ts';
import { ConfigurationError, EXIT_CONFIGURATION } from './config/faults.ts';
import type { Words } from './config/words.ts';
import { idsOf } from './ground.ts';
import { notifier, Systemd } from './observe/systemd.ts';

const place: Place = { environment: process.env, folder: process.cwd() };

/** Started as root: this user and its groups from here on; `folder` and what is in it are theirs. */
function become(user: string, folder: string | undefined): void {
  if (process.getuid?.() !== 0) return;
  const [uid = Number.NaN] = idsOf(user, '-u');
  const [gid = Number.NaN] = idsOf(user, '-g');
  if (folder !== undefined) {
    for (const path of [folder, ...readdirSync(folder).map((name) => join(folder, name))])
      lchownSync(path, uid, gid);
  }
  process.setgroups?.(idsOf(user, '-G'));
  process.setgid?.(gid);
  process.setuid?.(uid);
}

const around: Surroundings = {
  stdout: process.stdout,
  stderr: process.stderr,
  onSignal: (signalled) => {
    process.on('SIGTERM', signalled);
    process.on('SIGINT', signalled);
  },
  onReload: (signalled) => process.on('SIGHUP', signalled),
  exit: (code) => process.exit(code),
  clock: {
    now: () => performance.now(),
    date: () => Date.now(),
    every: (ms, run) => {
      setInterval(run, ms).unref();
    },
    pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  },
  writePid: (file) => {
    writeFileSync(file, `${process.pid}\n`);
    return () => {
      try {
        rmSync(file, { force: true });
      } catch {
        // e.g. the folder is root's, and we are no longer: a file of a process that is gone harms nobody
      }
    };
  },
  become,
  version: manifest.version,
  sockets: givenSockets(process.env, process.pid),
  manager: new Systemd(process.env, {
    pid: process.pid,
    monotonic: () => process.hrtime.bigint() / 1000n,
    send: notifier(process.pid, (why) => process.stderr.write(`mqttd: ${why}\n`)),
    every: (ms, run) => {
      const timer = setInterval(run, ms).unref();
      return () => clearInterval(timer);
    },
  }),
};

async function start(words: Words): Promise<Outcome | undefined> {
  try {
    const loaded = await configure(words, place);
    await serve(loaded, () => configure(words, place), around);
    return undefined;
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return { stdout: '', stderr: `mqttd: ${error.message}\n`, exitCode: EXIT_CONFIGURATION };
  }
}

/** `mqttd passwd`: the password from the command line, a terminal or a pipe. */
async function setPassword({ task, hash, password }: PasswdOrder): Promise<Outcome> {
  const { passwd } = await import('./commands/passwd.ts');
  const { askPassword } = await import('./commands/ask-password.ts');
  const said: string[] = [];
  const exitCode = await passwd(task, hash, {
    askPassword: async (user) =>
      password === undefined
        ? askPassword(user, { input: process.stdin, output: process.stderr })
        : { password },
    say: (line) => said.push(`${line}\n`),
    suffix: randomUUID(),
  });
  return { stdout: '', stderr: said.join(''), exitCode };
}

/** `mqttd store`: lines from stdin, lines to stdout no faster than they are taken. */
async function withStore(task: StoreTask, data: string | undefined): Promise<Outcome> {
  const { store } = await import('./commands/store.ts');
  return store(task, data, place, {
    write: (text) =>
      new Promise((taken) => {
        if (process.stdout.write(text)) taken();
        else process.stdout.once('drain', taken);
      }),
    lines: createInterface({ input: process.stdin }),
  });
}

/** What an order comes to; undefined when a broker runs. What a plain start does not need is loaded when it is asked for. */
async function perform(order: Order): Promise<Outcome | undefined> {
  switch (order.run) {
    case 'serve':
      return start(order.words);
    case 'print':
      return { stdout: '', stderr: '', [order.to]: order.text, exitCode: order.exitCode };
    case 'passwd':
      return setPassword(order);
    case 'store':
      return withStore(order.task, order.data);
    case 'reload': {
      const { reloadRunning } = await import('./commands/reload.ts');
      return reloadRunning(order.words, order.pidFile, place);
    }
    default: {
      const { checkConfiguration, migrate, printConfiguration, schema } = await import(
        './commands/configuration.ts'
      );
      if (order.run === 'schema') return schema();
      if (order.run === 'migrate') return migrate(order.file, place);
      return order.run === 'check'
        ? checkConfiguration(order.words, place)
        : printConfiguration(order.words, place);
    }
  }
}

// Whoever reads our output may leave; a broker goes on.
process.stdout.on('error', () => undefined);
process.stderr.on('error', () => undefined);

// Not awaited at the top: a single executable (tools/binary) is CommonJS.
void perform(readCommandLine(process.argv.slice(2), manifest.version)).then((outcome) => {
  if (outcome === undefined) return;
  process.stdout.write(outcome.stdout);
  process.stderr.write(outcome.stderr);
  process.exitCode = outcome.exitCode;
});

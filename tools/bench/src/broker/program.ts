/** A broker's process: started, waited for until its port answers, ended with the bench. Knows no settings. */
import { type ChildProcess, spawn } from 'node:child_process';
import { connect } from 'node:net';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';

/** A broker that runs. */
export interface Running {
  readonly name: string;
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

/** A broker, as it is here, has no such transport or version: the load is played without it. */
export class NotOffered extends Error {
  override readonly name = 'NotOffered';
}

const START_MS = 10_000;
const STOP_MS = 5_000;
const POLL_MS = 20;
/** Of what a broker says on stderr, this much is kept for the error. */
const SAID_CHARACTERS = 2_000;

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    const kill = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    child.once('exit', () => {
      clearTimeout(kill);
      resolve();
    });
    child.kill('SIGTERM');
  });
}

/** Starts a program and waits until its port answers. */
export async function run(
  name: string,
  port: number,
  program: string,
  args: readonly string[],
): Promise<Running> {
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-SAID_CHARACTERS);
  });
  const end = (): void => void child.kill('SIGKILL');
  process.once('exit', end);
  let failure = '';
  child.once('error', (error) => {
    failure = error.message;
  });
  const deadline = performance.now() + START_MS;
  while (!(await answers(port))) {
    if (child.exitCode !== null) failure = `ended with ${child.exitCode}`;
    if (performance.now() > deadline) failure = `did not listen within ${START_MS} ms`;
    if (failure !== '') {
      child.kill('SIGKILL');
      throw new Error(`${name}: ${failure}\n${said}`);
    }
    await sleep(POLL_MS);
  }
  const died = (code: number | null, signal: string | null): void => {
    process.stderr.write(`${name} ended with ${code ?? signal}\n${said}\n`);
  };
  child.once('exit', died);
  const stop = async (): Promise<void> => {
    process.off('exit', end);
    child.off('exit', died);
    await stopped(child);
  };
  return { name, port, pid: child.pid ?? 0, stop };
}

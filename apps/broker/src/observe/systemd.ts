/**
 * Tells systemd that mqttd is ready, is reloading, is ending, and still lives (`Type=notify`, `WatchdogSec`). Node has no
 * datagram socket of the Unix kind, so systemd's own `systemd-notify` speaks for us; the unit needs `NotifyAccess=all`.
 * Without NOTIFY_SOCKET nothing is done.
 */
import { spawn } from 'node:child_process';

/** The environment that systemd gives. */
export interface SystemdEnvironment {
  readonly NOTIFY_SOCKET?: string | undefined;
  /** Microseconds within which a sign of life must come. */
  readonly WATCHDOG_USEC?: string | undefined;
  readonly WATCHDOG_PID?: string | undefined;
}

/** What is needed of the process around. */
export interface SystemdSurroundings {
  readonly pid: number;
  /** Sends one datagram; told by a warning when it fails, never more. */
  readonly send: (state: string) => void;
  /** Microseconds of the system's monotonic clock. */
  readonly monotonic: () => bigint;
  /** Calls again and again; returns what stops it. */
  readonly every: (ms: number, run: () => void) => () => void;
}

/** Our line to systemd. */
export class Systemd {
  readonly #around: SystemdSurroundings;
  readonly #isThere: boolean;
  readonly #watchdog: number;
  #stop: (() => void) | undefined;

  constructor(environment: SystemdEnvironment, around: SystemdSurroundings) {
    const { NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID } = environment;
    this.#around = around;
    this.#isThere = NOTIFY_SOCKET !== undefined && NOTIFY_SOCKET !== '';
    const isOurs = WATCHDOG_PID === undefined || WATCHDOG_PID === String(around.pid);
    this.#watchdog = isOurs ? Number(WATCHDOG_USEC ?? 0) / 1000 : 0;
  }

  /** Clients are taken from now on. `isAlive` is asked before each sign of life. */
  ready(status: string, isAlive: () => boolean): void {
    this.#tell(`READY=1\nSTATUS=${oneLine(status)}`);
    if (!this.#isThere || !(this.#watchdog > 0)) return;
    // Half the time, as systemd's manual advises.
    this.#stop = this.#around.every(Math.max(1, this.#watchdog / 2), () => {
      if (isAlive()) this.#tell('WATCHDOG=1');
    });
  }

  /** The configuration is read again. */
  reloading(): void {
    this.#tell(`RELOADING=1\nMONOTONIC_USEC=${this.#around.monotonic()}`);
  }

  /** That is done, whatever came of it. */
  reloaded(): void {
    this.#tell('READY=1');
  }

  /** The drain has begun. */
  stopping(): void {
    this.#stop?.();
    this.#stop = undefined;
    this.#tell('STOPPING=1');
  }

  #tell(state: string): void {
    if (this.#isThere) this.#around.send(state);
  }
}

/** Sends through `systemd-notify`, one after the other: what is told out of order would be another story. */
export function notifier(pid: number, failed: (why: string) => void): (state: string) => void {
  let last = Promise.resolve();
  const send = (state: string): Promise<void> =>
    new Promise((resolve) => {
      const child = spawn('systemd-notify', [`--pid=${pid}`, ...state.split('\n')], { stdio: 'ignore' });
      child.on('error', (error) => {
        failed(`systemd-notify could not be started: ${error.message}`);
        resolve();
      });
      child.on('exit', (code) => {
        if (code !== 0) failed(`systemd-notify ended with ${code}`);
        resolve();
      });
    });
  return (state) => {
    last = last.then(() => send(state));
  };
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ');
}

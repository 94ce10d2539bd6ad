/** What systemd is told, and when. */
import { describe, expect, it } from 'vitest';
import { notifier, Systemd, type SystemdEnvironment } from '../../src/observe/systemd.ts';

interface Heard {
  readonly systemd: Systemd;
  readonly told: string[];
  readonly intervals: number[];
  readonly pass: () => void;
}

function hear(environment: SystemdEnvironment): Heard {
  const told: string[] = [];
  const intervals: number[] = [];
  const runs = new Set<() => void>();
  const systemd = new Systemd(environment, {
    pid: 42,
    monotonic: () => 1234n,
    send: (state) => told.push(state),
    every: (ms, run) => {
      intervals.push(ms);
      runs.add(run);
      return () => runs.delete(run);
    },
  });
  return {
    systemd,
    told,
    intervals,
    pass: () => {
      for (const run of runs) run();
    },
  };
}

describe('Systemd', () => {
  it('hears of the start, of each sign of life, and of the end', () => {
    const { systemd, told, intervals, pass } = hear({
      NOTIFY_SOCKET: '/s',
      WATCHDOG_USEC: '30000000',
      WATCHDOG_PID: '42',
    });
    let isAlive = true;
    systemd.ready('ready\nnow', () => isAlive);
    expect([told, intervals]).toEqual([['READY=1\nSTATUS=ready now'], [15_000]]);
    pass();
    isAlive = false;
    pass();
    systemd.reloading();
    systemd.reloaded();
    systemd.stopping();
    isAlive = true;
    pass();
    expect(told.slice(1)).toEqual([
      'WATCHDOG=1',
      'RELOADING=1\nMONOTONIC_USEC=1234',
      'READY=1',
      'STOPPING=1',
    ]);
  });

  it.each([
    [{}, 0, 0],
    [{ NOTIFY_SOCKET: '' }, 0, 0],
    [{ NOTIFY_SOCKET: '/s' }, 2, 0],
    [{ NOTIFY_SOCKET: '/s', WATCHDOG_USEC: '1000000', WATCHDOG_PID: '7' }, 2, 0],
    [{ NOTIFY_SOCKET: '/s', WATCHDOG_USEC: '1000000' }, 2, 1],
  ])('%o: %i words, %i watchdogs', (environment, words, watchdogs) => {
    const { systemd, told, intervals } = hear(environment);
    systemd.ready('ready', () => true);
    systemd.stopping();
    expect([told.length, intervals.length]).toEqual([words, watchdogs]);
  });
});

describe('notifier', () => {
  it('says when systemd-notify cannot speak, and goes on', async () => {
    const path = process.env.PATH;
    process.env.PATH = '/nonexistent';
    try {
      const why = await new Promise<string>((resolve) => notifier(1, resolve)('READY=1'));
      expect(why).toContain('systemd-notify could not be started');
    } finally {
      process.env.PATH = path;
    }
  });
});

/** What each word of the command line means. */
import { describe, expect, it } from 'vitest';
import { readCommandLine } from '../../src/commands/command-line.ts';

const settings = (...args: string[]): unknown => {
  const order = readCommandLine(args, '1.2.3');
  return order.run === 'serve' ? order.settings : order;
};

describe('a command line', () => {
  const standard = { port: 1883, webSocketPort: 8083, verbose: false };
  const table: readonly (readonly [string, object])[] = [
    ['', standard],
    ['-p 1884', { ...standard, port: 1884 }],
    ['--port=1884', { ...standard, port: 1884 }],
    ['-p 0', { ...standard, port: 0, webSocketPort: 0 }],
    ['-p 0 --ws-port 8083', { ...standard, port: 0 }],
    ['--ws-port 0', { ...standard, webSocketPort: 0 }],
    ['--ws-port off', { ...standard, webSocketPort: 'off' }],
    ['-v', { ...standard, verbose: true }],
    ['-vp 1884', { ...standard, port: 1884, verbose: true }],
    ['--data :memory:', standard],
  ];
  for (const [words, expected] of table) {
    it(`"${words}"`, () => expect(settings(...words.split(' ').filter(Boolean))).toEqual(expected));
  }

  it('--version prints the version and exits with 0', () => {
    expect(settings('--version')).toEqual({ run: 'print', to: 'stdout', text: '1.2.3\n', exitCode: 0 });
  });

  it('suggests the option that was meant', () => {
    expect(settings('--verbos')).toMatchObject({ to: 'stderr', text: expect.stringContaining('--verbose') });
  });

  for (const port of ['-1', '65536', '1e3', '0x10', '', ' 1', '1.5']) {
    it(`"${port}" is no port`, () => {
      expect(settings(`--port=${port}`)).toMatchObject({ to: 'stderr', exitCode: 64 });
    });
  }
});

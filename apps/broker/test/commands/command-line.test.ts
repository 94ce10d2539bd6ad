/** What each word of the command line means. */
import { describe, expect, it } from 'vitest';
import { readCommandLine } from '../../src/commands/command-line.ts';

const order = (...args: string[]): object => readCommandLine(args, '1.2.3');

describe('a command line', () => {
  const table: readonly (readonly [string, object])[] = [
    ['', { run: 'serve', words: {} }],
    ['-p 1884', { run: 'serve', words: { port: 1884 } }],
    ['--port=1884', { run: 'serve', words: { port: 1884 } }],
    ['-p 0 --ws-port 8083', { run: 'serve', words: { port: 0, wsPort: 8083 } }],
    ['--ws-port off', { run: 'serve', words: { wsPort: 'off' } }],
    ['-vp 1884', { run: 'serve', words: { port: 1884, verbose: true } }],
    ['--data :memory:', { run: 'serve', words: { data: ':memory:' } }],
    ['-c a.yaml', { run: 'serve', words: { config: 'a.yaml' } }],
    ['-c a.yaml --print-config', { run: 'print-config', words: { config: 'a.yaml' } }],
    ['check -c a.yaml', { run: 'check', words: { config: 'a.yaml' } }],
    ['-c a.yaml check', { run: 'check', words: { config: 'a.yaml' } }],
    ['check --data :memory:', { run: 'check', words: { data: ':memory:' } }],
    ['check', { run: 'check', words: {} }],
    ['migrate a.conf', { run: 'migrate', file: 'a.conf' }],
    ['reload -c a.yaml', { run: 'reload', words: { config: 'a.yaml' }, pidFile: undefined }],
    ['reload --pid-file x', { run: 'reload', words: {}, pidFile: 'x' }],
    ['schema', { run: 'schema' }],
  ];
  for (const [words, expected] of table) {
    it(`"${words}"`, () => expect(order(...words.split(' ').filter(Boolean))).toEqual(expected));
  }

  it('--version prints the version and exits with 0', () => {
    expect(order('--version')).toEqual({ run: 'print', to: 'stdout', text: '1.2.3\n', exitCode: 0 });
  });

  it('each command explains itself: --help', () => {
    for (const command of ['check', 'migrate', 'reload', 'schema']) {
      const text = expect.stringContaining(`Usage: mqttd ${command}`);
      expect(order(command, '--help')).toMatchObject({ to: 'stdout', exitCode: 0, text });
    }
  });

  it('suggests the option or the command that was meant', () => {
    const meant = (text: string): object => ({
      to: 'stderr',
      text: expect.stringContaining(text),
      exitCode: 64,
    });
    expect(order('--verbos')).toMatchObject(meant('--verbose'));
    expect(order('migrat', 'x')).toMatchObject(meant('migrate'));
  });

  it('migrate needs a file', () => {
    expect(order('migrate')).toMatchObject({ to: 'stderr', exitCode: 64 });
  });

  for (const port of ['-1', '65536', '1e3', '0x10', '', ' 1', '1.5']) {
    it(`"${port}" is no port`, () => {
      expect(order(`--port=${port}`)).toMatchObject({ to: 'stderr', exitCode: 64 });
    });
  }
});

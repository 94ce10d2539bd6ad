/** The program mqttd from a shell: what it prints and how it ends when there is nothing to run. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { killAll, PROGRAM, run, VERSION } from './daemon.ts';

afterEach(killAll);

describe('mqttd', () => {
  it('runs by its own name: --version', async () => {
    expect(await promisify(execFile)(PROGRAM, ['--version'])).toMatchObject({
      stdout: `${VERSION}\n`,
      stderr: '',
    });
  });

  it('explains itself: --help', async () => {
    const { code, stdout, stderr } = await run('--help');
    expect([code, stderr]).toEqual([0, '']);
    const words = [
      '-c',
      '-p',
      '--ws-port',
      '--data',
      '-v',
      '--version',
      '--help',
      'Examples:',
      '$ mqttd -p 0',
      'Exit status:',
    ];
    for (const word of words) expect(stdout).toContain(word);
    expect(Math.max(...stdout.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(100);
  });

  for (const words of [['--bogus'], ['-p'], ['-p', '70000'], ['-p', 'x'], ['--ws-port', 'on'], ['extra']]) {
    it(`refuses ${words.join(' ')} with 64 and two lines`, async () => {
      const { code, stdout, stderr } = await run(...words);
      expect([code, stdout]).toEqual([64, '']);
      expect(stderr).toMatch(/^mqttd: error: .*\nTry mqttd --help\.\n$/);
    });
  }
});

/** A password typed at a terminal: nothing of it is shown, and both entries count. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Folder } from '../config/folder.ts';
import { PROGRAM } from '../daemon.ts';

let folder: Folder;
beforeEach(() => {
  folder = new Folder();
});
afterEach(() => folder.remove());

/** `mqttd passwd -c passwd alice` at a terminal of its own (by `script`), typing each answer as soon as it is asked for. */
function typed(
  ...answers: readonly string[]
): Promise<{ readonly screen: string; readonly code: number | null }> {
  const command = `${process.execPath} ${PROGRAM} passwd -c passwd alice`;
  const isMac = process.platform === 'darwin';
  const words = isMac ? ['-q', '/dev/null', 'sh', '-c', command] : ['-qec', command, '/dev/null'];
  const child = spawn('script', words, { cwd: folder.path });
  let screen = '';
  let asked = 0;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    screen += text;
    for (const count = screen.split(/(?:alice"|again): /).length - 1; asked < count; asked++)
      child.stdin.write(answers[asked] ?? '');
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ screen, code }));
  });
}

describe('mqttd passwd at a terminal', () => {
  it('asks twice and shows nothing of what is typed', async () => {
    const { screen } = await typed('secret\r', 'secret\r');
    expect(screen).toContain('"alice" has a new password (argon2id)');
    expect(screen).not.toContain('secret');
    expect(readFileSync(join(folder.path, 'passwd'), 'utf8')).toMatch(/^alice:\$argon2id\$/);
  });

  it('changes nothing when the entries differ', async () => {
    const { screen, code } = await typed('secret\r', 'secrat\r');
    expect(screen).toContain('nothing was changed: the two passwords are not the same');
    expect(code).toBe(1);
    expect(() => readFileSync(join(folder.path, 'passwd'))).toThrow('ENOENT');
  });

  it.each([['\u0003'], ['secret\r', '\u0003']])(
    'ends with 130 and no word when Ctrl-C is typed',
    async (...keys) => {
      const { screen, code } = await typed(...keys);
      expect(screen).not.toMatch(/changed|same\.|mqttd/);
      expect(code).toBe(130);
      expect(() => readFileSync(join(folder.path, 'passwd'))).toThrow('ENOENT');
    },
  );
});

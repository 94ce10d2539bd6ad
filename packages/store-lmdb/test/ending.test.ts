/** Processes that are ending, and those that are not, as the kernel says it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import process from 'node:process';
import { describe, expect, it } from 'vitest';
import { isEnding, isExit } from '../src/file/ending.ts';

const stat = (state: string, flags: number): string =>
  `4711 (node) a) (b) ${state} 1 4711 4711 0 -1 ${flags} 26283 0 0 0 1 2 3`;
const status = (own: string, shared: string): string =>
  `Name:\tnode\nSigQ:\t0/1\nSigPnd:\t${own}\nShdPnd:\t${shared}\nSigBlk:\t0000000000000100\n`;
const NONE = '0000000000000000';

describe('a process', () => {
  it.each([
    ['sleeps', stat('S', 4_194_304), status(NONE, NONE), false],
    ['has SIGTERM before it', stat('S', 4_194_304), status(NONE, '0000000000004000'), false],
    ['has SIGKILL before it', stat('D', 4_194_304), status('0000000000000100', NONE), true],
    ['has SIGKILL before all its threads', stat('R', 4_194_304), status(NONE, '0000000000000100'), true],
    ['is in its exit', stat('R', 4_194_304 | 4), status(NONE, NONE), true],
    ['is a zombie', stat('Z', 4_194_304), status(NONE, NONE), true],
    ['was dead', stat('X', 4_194_304), status(NONE, NONE), true],
  ])('that %s', (_what, statText, statusText, expected) => {
    expect(isExit(statText, statusText)).toBe(expected);
  });

  it('is ending when it is gone, where that can be seen, and not while it lives', async () => {
    expect(isEnding(process.pid)).toBe(false);
    const child = spawn('sleep', ['60']);
    await once(child, 'spawn');
    const { pid = 0 } = child;
    expect(isEnding(pid)).toBe(false);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(isEnding(pid)).toBe(existsSync('/proc/self/stat'));
  });
});

/**
 * What settings ask of the machine, looked at before a port is open: that files can be written where they are to be, and
 * that there is such a user. Certificates, passwords and the like are read elsewhere.
 */
import { execFileSync } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';
import process from 'node:process';
import { ConfigurationError, type Fault, type Path } from './config/faults.ts';
import { whyUnreadable } from './config/files.ts';
import type { Given } from './config/given.ts';

/** The longest path of a Unix socket: bytes of `sun_path` but its end. */
const LONGEST_SOCKET = process.platform === 'linux' ? 107 : 103;

/** Why no file can be made or written there; undefined when one can. */
function whyUnwritable(file: string): string | undefined {
  const folder = dirname(file);
  const found = statSync(file, { throwIfNoEntry: false });
  if (found?.isDirectory()) return `${file} is a folder; name a file in it`;
  try {
    accessSync(found === undefined ? folder : file, constants.W_OK);
    return undefined;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR')
      return `${file}: there is no folder ${folder}; make it, or name another`;
    if (code === 'EACCES' || code === 'EROFS') return `${file}: this user may not write it`;
    return `${file}: ${whyUnreadable(error)}`;
  }
}

/** The id of a user or group (`-u`, `-g`, `-G`). @throws when there is no such user */
export function idsOf(user: string, option: '-u' | '-g' | '-G'): number[] {
  const stdio = ['ignore', 'pipe', 'ignore'] as const;
  const text = execFileSync('id', [option, '--', user], { encoding: 'utf8', stdio: [...stdio] });
  return text.trim().split(' ').map(Number);
}

function isUser(user: string): boolean {
  try {
    return idsOf(user, '-u').length === 1;
  } catch {
    return false;
  }
}

/** @throws {ConfigurationError} for everything that is not as the settings need it */
export function checkGround(given: Given): void {
  const faults = groundFaults(given);
  if (faults.length > 0) throw new ConfigurationError(faults);
}

function groundFaults({ settings, fault }: Given): readonly Fault[] {
  const { listeners, log, pidFile, user } = settings;
  const found: Fault[] = [];
  const writable = (file: string, path: Path): void => {
    const why = whyUnwritable(file);
    if (why !== undefined) found.push(fault(path, why));
  };
  for (const [index, { type, path = '' }] of listeners.entries()) {
    if (type !== 'unix') continue;
    const at: Path = ['listeners', index, 'path'];
    const length = Buffer.byteLength(path);
    if (length > LONGEST_SOCKET)
      found.push(fault(at, `${path}: a socket's path has at most ${LONGEST_SOCKET} bytes, not ${length}`));
    else if (statSync(path, { throwIfNoEntry: false })?.isSocket() !== true) writable(path, at);
  }
  for (const [index, to] of log.destinations.entries())
    if (to !== 'stderr' && to !== 'stdout') writable(to, ['log', 'destinations', index]);
  if (pidFile !== undefined) writable(pidFile, ['pidFile']);
  // Whoever is not root stays who it is, as with Mosquitto.
  if (user !== undefined && process.getuid?.() === 0 && !isUser(user))
    found.push(fault(['user'], `there is no user ${user} on this machine`));
  return found;
}

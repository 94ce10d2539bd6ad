/** What a layer needs of the machine: is it root, is a program here, can it be installed. Says plainly what is not. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';

/** Runs a program to its end. @throws with what it said, when it fails */
export function run(program: string, ...args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8' });
  if (status === 0) return stdout.trim();
  throw new Error(`${program} ${args.join(' ')}: ${error?.message ?? stderr}`);
}

/** Whether a program is here, after an attempt to install its package on Debian as root. */
export function isHere(program: string, debianPackage: string = program): boolean {
  const found = (): boolean => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
  if (found()) return true;
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) return false;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  spawnSync('apt-get', ['-qq', 'install', '-y', '--no-install-recommends', debianPackage], { env });
  return found();
}

/** Why disks cannot be made here; undefined when they can. */
export function withoutDisks(): string | undefined {
  if (process.platform !== 'linux') return 'loop devices are Linux’s';
  if (process.getuid?.() !== 0) return 'mounting needs root';
  if (!existsSync('/dev/shm')) return 'there is no /dev/shm';
  try {
    run('losetup', '-f');
    return undefined;
  } catch {
    return 'there is no loop device';
  }
}

/** What makes a process see another time of day; undefined when it is not here. */
export function clockLibrary(): string | undefined {
  if (process.platform !== 'linux' || !isHere('faketime')) return undefined;
  const folders = readdirSync('/usr/lib').map((folder) => join('/usr/lib', folder, 'faketime'));
  return folders.map((folder) => join(folder, 'libfaketimeMT.so.1')).find((file) => existsSync(file));
}

/**
 * Makes the other programs present that the interoperability tests talk to: Mosquitto's broker and clients.
 * Answers: are they here, can they be put here, and if not, what should a person do? A missing peer is a failure
 * under CI and a plain sentence elsewhere.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import process from 'node:process';
import { say } from './bootstrap.mjs';

/** Mosquitto to talk to; OpenSSL makes the certificates that TLS is tested with; Chromium runs the client in a page. */
const PROGRAMS = ['mosquitto', 'mosquitto_pub', 'mosquitto_sub', 'openssl', 'chromium'];
/** Other names of the same program. @type {Record<string, string[]>} */
const ALIASES = { chromium: ['chromium-browser', 'google-chrome'] };
const PACKAGES = ['mosquitto', 'mosquitto-clients', 'openssl', 'chromium'];
const POLICY = '/usr/sbin/policy-rc.d';

function missing() {
  const folders = [
    ...(process.env.PATH ?? '').split(delimiter),
    '/usr/sbin',
    '/usr/local/sbin',
    '/opt/homebrew/sbin',
  ];
  const isHere = (/** @type {string} */ name) => folders.some((folder) => existsSync(join(folder, name)));
  return PROGRAMS.filter((name) => ![name, ...(ALIASES[name] ?? [])].some(isHere));
}

/** @param {string[]} args */
function apt(...args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return spawnSync('apt-get', ['-qq', ...args], { env, encoding: 'utf8' });
}

/** Installs without starting the service: Debian's package would otherwise take port 1883. */
function installOnDebian() {
  say(`installing ${PACKAGES.join(', ')} …`);
  const guarded = !existsSync(POLICY);
  if (guarded) writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    const packages = ['install', '-y', '--no-install-recommends', ...PACKAGES];
    if (apt(...packages).status === 0) return;
    apt('update');
    const second = apt(...packages);
    if (second.status !== 0) say(second.stderr);
  } finally {
    if (guarded) rmSync(POLICY, { force: true });
  }
}

/** True when every peer is present, after installing them where that is possible. */
export function peersPresent() {
  if (missing().length === 0) return true;
  const isRoot = process.getuid?.() === 0;
  if (isRoot && existsSync('/etc/debian_version')) installOnDebian();
  const absent = missing();
  if (absent.length === 0) return true;
  say(`not found: ${absent.join(', ')}`);
  say(
    `install them: apt-get install ${PACKAGES.join(' ')} (Debian), brew install mosquitto openssl chromium (macOS)`,
  );
  return false;
}

/**
 * Makes the other programs present that the interoperability tests talk to: Mosquitto and RabbitMQ, Mosquitto's clients,
 * the Paho libraries for Python and C, Chromium. Answers: are they here, can they be put here, and if not, what should a
 * person do? A missing peer is a failure under CI and a plain sentence elsewhere.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import process from 'node:process';
import { say } from './bootstrap.mjs';

const FOLDERS = [
  ...(process.env.PATH ?? '').split(delimiter),
  '/usr/sbin',
  '/usr/local/sbin',
  '/opt/homebrew/sbin',
];

/**
 * Whether one of these programs is here.
 * @param {string[]} names
 */
function hasProgram(...names) {
  return FOLDERS.some((folder) => names.some((name) => existsSync(join(folder, name))));
}

/** Debian's Python has Debian's packages; another one may stand before it in PATH. */
function hasPahoPython() {
  return ['/usr/bin/python3', 'python3'].some(
    (python) => spawnSync(python, ['-c', 'import paho.mqtt.client'], { stdio: 'ignore' }).status === 0,
  );
}

/** Asks the compiler itself: it alone knows where it looks for headers and libraries. */
function hasPahoC() {
  const input = '#include <MQTTAsync.h>\nint main(void) { MQTTAsync_getVersionInfo(); }\n';
  const words = ['-x', 'c', '-', '-o', '/dev/null', '-lpaho-mqtt3as'];
  return spawnSync('gcc', words, { input, stdio: ['pipe', 'ignore', 'ignore'] }).status === 0;
}

/**
 * What is needed, in Debian's packages; `brew` has no package for paho-mqtt of Python.
 * @type {{ name: string, isHere: () => boolean, packages: string[], brew?: string }[]}
 */
const PEERS = [
  { name: 'mosquitto', isHere: () => hasProgram('mosquitto'), packages: ['mosquitto'], brew: 'mosquitto' },
  {
    name: 'mosquitto_pub, mosquitto_sub, mosquitto_rr',
    isHere: () => ['mosquitto_pub', 'mosquitto_sub', 'mosquitto_rr'].every((name) => hasProgram(name)),
    packages: ['mosquitto-clients'],
    brew: 'mosquitto',
  },
  // Makes the certificates that TLS is tested with.
  { name: 'openssl', isHere: () => hasProgram('openssl'), packages: ['openssl'], brew: 'openssl' },
  // Runs the client in a page.
  {
    name: 'chromium',
    isHere: () => hasProgram('chromium', 'chromium-browser', 'google-chrome'),
    packages: ['chromium'],
    brew: 'chromium',
  },
  { name: 'paho-mqtt for Python', isHere: hasPahoPython, packages: ['python3', 'python3-paho-mqtt'] },
  {
    name: 'the Paho C library and gcc',
    isHere: hasPahoC,
    packages: ['gcc', 'libc6-dev', 'libpaho-mqtt-dev'],
    brew: 'libpaho-mqtt',
  },
  {
    name: 'rabbitmq-server',
    isHere: () => hasProgram('rabbitmq-server'),
    packages: ['rabbitmq-server'],
    brew: 'rabbitmq',
  },
];
/** What these packages start by themselves at the next boot, if they are let. */
const SERVICES = ['mosquitto.service', 'rabbitmq-server.service', 'epmd.service', 'epmd.socket'];
const POLICY = '/usr/sbin/policy-rc.d';

function missing() {
  return PEERS.filter(({ isHere }) => !isHere());
}

/** @param {string[]} args */
function apt(...args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return spawnSync('apt-get', ['-qq', ...args], { env, encoding: 'utf8' });
}

/** The services that run at the next boot. */
function enabledServices() {
  const asked = SERVICES.map((name) => ({ name, ...spawnSync('systemctl', ['is-enabled', name]) }));
  return asked.filter(({ status }) => status === 0).map(({ name }) => name);
}

/**
 * Installs without starting a service, now or at the next boot: Debian's packages would otherwise take port 1883, 4369
 * and others, on every address.
 * @param {string[]} packages
 */
function installOnDebian(packages) {
  say(`installing ${packages.join(', ')} …`);
  const before = enabledServices();
  const guarded = !existsSync(POLICY);
  if (guarded) writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    const install = ['install', '-y', '--no-install-recommends', ...packages];
    if (apt(...install).status === 0) return;
    apt('update');
    const second = apt(...install);
    if (second.status !== 0) say(second.stderr);
  } finally {
    if (guarded) rmSync(POLICY, { force: true });
    const added = enabledServices().filter((name) => !before.includes(name));
    if (added.length > 0) spawnSync('systemctl', ['disable', '--quiet', ...added]);
  }
}

/** True when every peer is present, after installing them where that is possible. */
export function peersPresent() {
  const needed = missing();
  if (needed.length === 0) return true;
  const isRoot = process.getuid?.() === 0;
  if (isRoot && existsSync('/etc/debian_version'))
    installOnDebian(needed.flatMap(({ packages }) => packages));
  const absent = missing();
  if (absent.length === 0) return true;
  say(`not found: ${absent.map(({ name }) => name).join('; ')}`);
  const debian = absent.flatMap(({ packages }) => packages);
  const brew = [...new Set(absent.flatMap((peer) => (peer.brew === undefined ? [] : [peer.brew])))];
  const pip = absent.some(({ isHere }) => isHere === hasPahoPython) ? ['pip install paho-mqtt==1.6.1'] : [];
  const mac = [...(brew.length === 0 ? [] : [`brew install ${brew.join(' ')}`]), ...pip].join(' && ');
  say(`install them: apt-get install --no-install-recommends ${debian.join(' ')} (Debian), ${mac} (macOS)`);
  return false;
}

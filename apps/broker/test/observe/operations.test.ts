/** What docs/operations.md and packaging/ say is as the program is. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { metricsPage } from './operations.ts';

const ROOT = new URL('../../../../', import.meta.url);
const read = (file: string): string => readFileSync(new URL(file, ROOT), 'utf8');

describe('docs/metrics.md', () => {
  it('has every metric', async () => {
    await expect(metricsPage()).toMatchFileSnapshot(fileURLToPath(new URL('docs/metrics.md', ROOT)));
  });
});

describe('docs/operations.md', () => {
  const text = read('docs/operations.md');

  it('alerts on metrics that there are', () => {
    const known = metricsPage();
    const [, alerts = ''] = /^## Alerts\n(.*?)^## /ms.exec(text) ?? [];
    const named = [...alerts.matchAll(/\b(?:mqttd|process|nodejs)_[a-z0-9_]+/g)].map(([name]) => name);
    expect(named.length).toBeGreaterThan(8);
    for (const name of named) if (!name.startsWith('mqttd_limit_')) expect(known).toContain(`\`${name}\``);
  });
});

describe('packaging/systemd', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mqttd-units-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const hasAnalyze = ((): boolean => {
    try {
      execFileSync('systemd-analyze', ['--version'], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  })();

  it('is what systemd takes, where there is one to ask', () => {
    const service = join(folder, 'mqttd.service');
    const socket = join(folder, 'mqttd.socket');
    const unit = read('packaging/systemd/mqttd.service');
    expect(unit).toContain('ExecStart=/usr/bin/env mqttd ');
    writeFileSync(service, unit.replace('/usr/bin/env mqttd ', '/usr/bin/env true '));
    copyFileSync(new URL('packaging/systemd/mqttd.socket', ROOT), socket);
    const verify = (): string =>
      execFileSync('systemd-analyze', ['verify', '--man=no', service, socket], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      });
    const said = hasAnalyze ? verify() : '';
    expect(said).toBe('');
  });

  it('starts no wrong configuration again, and may do nothing that it need not', () => {
    const unit = read('packaging/systemd/mqttd.service');
    for (const line of [
      'Type=notify',
      'NotifyAccess=all',
      'RestartPreventExitStatus=64 78',
      'NoNewPrivileges=yes',
      'ProtectSystem=strict',
      'CapabilityBoundingSet=',
    ])
      expect(unit.split('\n')).toContain(line);
  });
});

describe('packaging/docker/Dockerfile', () => {
  const lines = read('packaging/docker/Dockerfile')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  const of = (word: string): string[] =>
    lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1));

  it('names its images by version, and builds in another one than it runs in', () => {
    const images = of('FROM');
    expect(images).toHaveLength(2);
    for (const image of images) expect(image).toMatch(/^[\w./-]+:(?!latest)[\w.-]+( AS \w+)?$/);
  });

  it('runs as nobody of importance, gets signals itself, and adds nothing from elsewhere', () => {
    expect(of('USER').at(-1)).toBe('nonroot');
    expect(JSON.parse(of('ENTRYPOINT')[0] ?? '')).toEqual([
      '/nodejs/bin/node',
      '/opt/mqttd/node_modules/mqttd/dist/mqttd.js',
    ]);
    expect(JSON.parse(of('CMD')[0] ?? '')).toEqual(['-c', '/etc/mqttd/mqttd.yaml']);
    expect(of('STOPSIGNAL')).toEqual(['SIGTERM']);
    expect(of('ADD')).toEqual([]);
    expect(lines.join('\n')).not.toMatch(/\bsudo\b|curl |wget /);
  });
});

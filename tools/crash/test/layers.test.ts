/** What the layers read and say: traces of syncs. The layers themselves need root, strace and loop devices. */
import { describe, expect, it } from 'vitest';
import { mqttd } from '../src/broker/program.ts';
import { audit, readTrace } from '../src/layers/audit.ts';
import { isHere } from '../src/layers/system.ts';

const ASKED = '7 100.000000 read(23, "\\x32\\x10\\x00", 65536) = 18 <0.00001>';
const PUBACK = '7 100.500000 write(23, "\\x40\\x02\\x00\\x01", 4) = 4 <0.00001>';

describe('a trace', () => {
  it('an acknowledgement after a sync that began after its request', () => {
    const sync = '9 100.100000 fdatasync(19) = 0 <0.100000>';
    expect(readTrace([ASKED, sync, PUBACK])).toEqual({ syncs: 1, acknowledgements: 1, unsynced: [] });
  });

  it('a sync of another thread, in two lines', () => {
    const sync = ['9 100.1 fdatasync(19 <unfinished ...>', '9 100.3 <... fdatasync resumed>) = 0 <0.2>'];
    expect(readTrace([ASKED, ...sync, PUBACK]).unsynced).toEqual([]);
  });

  it.each([
    ['none', []],
    ['one that began before', ['9 99.900000 fdatasync(19) = 0 <0.200000>']],
    ['one that had not ended', ['9 100.400000 fdatasync(19) = 0 <0.200000>']],
    ['one that failed', ['9 100.100000 fdatasync(19) = -1 EIO (Input/output error) <0.100000>']],
  ])('is unsynced: %s', (_, syncs) => {
    const lines = [...syncs, ASKED, PUBACK].sort((a, b) => (a.slice(2) < b.slice(2) ? -1 : 1));
    expect(readTrace(lines).unsynced).toHaveLength(1);
  });
});

const strace = process.platform === 'linux' && isHere('strace');

describe('mqttd under strace', () => {
  it(strace
    ? 'acknowledges after a sync, and with durability relaxed does not'
    : 'cannot be audited: no strace', async () => {
    if (!strace) return;
    const full = await audit(mqttd('commit'));
    expect([full.unsynced, full.acknowledgements > 50]).toEqual([[], true]);
    const relaxed = await audit(mqttd('system'));
    expect(relaxed.unsynced.length).toBeGreaterThan(relaxed.acknowledgements / 2);
  }, 60_000);
});

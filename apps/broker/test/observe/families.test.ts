/** Every counter, every size and every bound of the broker is there, under a name that Prometheus takes. */
import { type CounterName, counters, createBroker, type LimitName, type Limits, limits } from '@mqtt/broker';
import { afterAll, describe, expect, it } from 'vitest';
import { families } from '../../src/observe/families.ts';
import { ownFamilies } from '../../src/observe/own.ts';
import { exposition, snakeCase } from '../../src/observe/prometheus.ts';
import { watchProcess } from '../../src/observe/readings.ts';

const broker = createBroker();
const bounds = Object.fromEntries(
  (Object.keys(limits) as LimitName[]).map((name) => [name, limits[name][0]]),
) as Limits;
afterAll(() => broker.close());

function page(): string {
  const own = ownFamilies(
    [{ name: 'a"b', connections: 3, bytesReceived: 6, bytesSent: 7, certificateUntil: 8 }],
    { failures: { wrong: 2 }, bruteForce: { refusing: 1 }, waiting: 0 },
    { applied: 4, refused: 5 },
  );
  return exposition(families(broker, bounds, watchProcess()(), own, '1.2.3'));
}

describe('families', () => {
  it('are all of the broker, its bounds and its process, each once and each named legally', () => {
    const text = page();
    const names = [...text.matchAll(/^# TYPE (\S+) (counter|gauge)$/gm)].map(([, name]) => name ?? '');
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z_][a-z0-9_]*$/);
    expect(names.length).toBeGreaterThan(
      (Object.keys(counters) as CounterName[]).length +
        Object.keys(limits).length +
        Object.keys(broker.sizes).length,
    );
    for (const line of text.trimEnd().split('\n')) {
      expect(line).toMatch(
        /^(# (HELP|TYPE) .+|[a-z_0-9]+(\{[a-z]+="([^"\\]|\\.)*"(,[a-z]+="[^"]*")*\})? [-+0-9.eInfNa]+)$/,
      );
    }
    expect(text).toContain('\nmqttd_connections 0\n');
    expect(text).toContain('mqttd_info{version="1.2.3"} 1\n');
    expect(text).toContain('mqttd_login_failures_total{reason="wrong"} 2\n');
    expect(text).toContain('mqttd_listener_connections{listener="a\\"b"} 3\n');
    expect(text).toContain('mqttd_listener_bytes_total{listener="a\\"b",direction="sent"} 7\n');
    expect(text).toContain('mqttd_certificate_expiry_timestamp_seconds{listener="a\\"b"} 8\n');
    expect(text).toContain('mqttd_reloads_total{result="refused"} 5\n');
    expect(text).toContain('mqttd_messages_total{direction="sent",qos="2"} 0\n');
    expect(text).toContain(`\nmqttd_limit_maximum_connections ${bounds.maximumConnections}\n`);
  });

  it.each(Object.keys(limits) as LimitName[])('%s has a gauge and a counter', (name) => {
    const [, , , , counter] = limits[name];
    const text = page();
    expect(text).toContain(`\n# TYPE mqttd_limit_${snakeCase(name)} gauge\n`);
    expect(text).toContain(`\nmqttd_limit_${snakeCase(name)} ${bounds[name]}\n`);
    expect(text).toContain(`\n# HELP mqttd_${snakeCase(counter)}_total ${counters[counter]}\n`);
    expect(text).toMatch(
      new RegExp(`\\n# TYPE mqttd_${snakeCase(counter)}_total counter\\nmqttd_\\w+ \\d+\\n`),
    );
  });

  it('counters move', () => {
    const before = page();
    const connection = broker.accept({
      peer: '',
      write: () => true,
      hold: () => undefined,
      resume: () => undefined,
      close: () => undefined,
      abort: () => undefined,
    });
    expect(before).toContain('\nmqttd_connections_accepted_total 0\n');
    expect(page()).toContain('\nmqttd_connections_accepted_total 1\n');
    connection.closed();
  });

  it('readings are of this process', () => {
    const { cpu, rss, heapUsed, heapLimit, startedAt, eventLoopDelay } = watchProcess()();
    expect(cpu).toBeGreaterThan(0);
    expect(rss).toBeGreaterThan(heapUsed / 2);
    expect(heapLimit).toBeGreaterThan(heapUsed);
    expect(Math.abs(startedAt - (Date.now() / 1000 - process.uptime()))).toBeLessThan(5);
    for (const delay of Object.values(eventLoopDelay)) expect(delay).toBeGreaterThanOrEqual(0);
  });
});

/** The text format: what Prometheus reads, with hostile values in it. */
import { describe, expect, it } from 'vitest';
import { exposition, snakeCase } from '../../src/observe/prometheus.ts';

describe('exposition', () => {
  it('writes help, type and samples; leaves out what has none', () => {
    const text = exposition([
      { name: 'a_total', type: 'counter', help: 'one\\two\nthree', samples: [{ value: 3 }] },
      { name: 'none', type: 'gauge', help: 'x', samples: [] },
      {
        name: 'b',
        type: 'gauge',
        help: 'b',
        samples: [
          { labels: { listener: 'x"y\\z\nw', kind: 'k' }, value: 1.5 },
          { labels: {}, value: Number.POSITIVE_INFINITY },
          { value: Number.NEGATIVE_INFINITY },
          { value: Number.NaN },
        ],
      },
    ]);
    expect(text).toBe(
      '# HELP a_total one\\\\two\\nthree\n# TYPE a_total counter\na_total 3\n' +
        '# HELP b b\n# TYPE b gauge\nb{listener="x\\"y\\\\z\\nw",kind="k"} 1.5\nb +Inf\nb -Inf\nb NaN\n',
    );
  });
});

describe('snakeCase', () => {
  it.each([
    ['messagesReceived', 'messages_received'],
    ['messagesReceivedQoS1', 'messages_received_qos1'],
    ['maximumReceived3', 'maximum_received3'],
  ])('%s is %s', (name, snake) => {
    expect(snakeCase(name)).toBe(snake);
  });
});

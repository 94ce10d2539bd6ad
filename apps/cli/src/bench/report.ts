/**
 * What `mqtt bench` says at the end: a table, JSON, a histogram as text and as SVG. Pure.
 */
import type { Bar, Histogram } from './histogram.ts';

/** What was measured. */
export interface Result {
  readonly publishers: number;
  readonly subscribers: number;
  readonly qos: number;
  /** Payload bytes. */
  readonly size: number;
  /** Of the publishing, s. */
  readonly seconds: number;
  readonly sent: number;
  /** QoS 1 and 2: acknowledged. QoS 0: handed to the network. */
  readonly done: number;
  readonly received: number;
  /** What the subscribers should have received. */
  readonly expected: number;
  /** Connections that were lost and came back. */
  readonly reconnects: number;
  /** From `publish` to the subscriber. */
  readonly latency: Histogram;
}

/** 1234567.8 -> `1,234,568`. */
export function grouped(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ',');
}

/** µs in the unit that reads best. */
export function duration(microseconds: number): string {
  if (microseconds < 1000) return `${microseconds.toFixed(0)} µs`;
  if (microseconds < 1_000_000) return `${(microseconds / 1000).toFixed(microseconds < 10_000 ? 2 : 1)} ms`;
  return `${(microseconds / 1_000_000).toFixed(2)} s`;
}

const QUANTILES = [
  ['p50', 0.5],
  ['p90', 0.9],
  ['p99', 0.99],
  ['p99.9', 0.999],
] as const;

/** The table. */
export function table(result: Result): string {
  const { publishers, subscribers, qos, size, seconds, sent, done, received, expected, reconnects, latency } =
    result;
  const rows: (readonly [string, string])[] = [
    ['load', `${publishers} publishers, ${subscribers} subscribers, QoS ${qos}, ${size} bytes`],
    ['time', `${seconds.toFixed(2)} s`],
    ['sent', `${grouped(sent)}  (${grouped(sent / seconds)}/s)`],
  ];
  if (qos > 0) rows.push(['acknowledged', `${grouped(done)}  (${grouped(done / seconds)}/s)`]);
  if (subscribers > 0) {
    rows.push(['received', `${grouped(received)}  (${grouped(received / seconds)}/s)`]);
    const missing = expected - received;
    rows.push([missing >= 0 ? 'not received' : 'received twice', grouped(Math.abs(missing))]);
  }
  if (reconnects > 0) rows.push(['reconnects', grouped(reconnects)]);
  if (latency.count > 0) {
    const values = QUANTILES.map(([name, part]) => `${name} ${duration(latency.quantile(part))}`);
    rows.push(['latency', [...values, `max ${duration(latency.largest)}`].join(', ')]);
  }
  const width = Math.max(...rows.map(([name]) => name.length));
  return `${rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n')}\n`;
}

/** The same for a program; latencies in µs. */
export function json(result: Result): string {
  const { latency, ...others } = result;
  const { sent, received, seconds } = result;
  const quantiles = Object.fromEntries(
    QUANTILES.map(([name, part]) => [name, Math.round(latency.quantile(part))]),
  );
  return `${JSON.stringify({
    ...others,
    sentPerSecond: Math.round(sent / seconds),
    receivedPerSecond: Math.round(received / seconds),
    latency: {
      unit: 'µs',
      count: latency.count,
      mean: Math.round(latency.mean),
      ...quantiles,
      max: Math.round(latency.largest),
    },
  })}\n`;
}

/** The latencies as text, a line a bar. */
export function textPlot(latency: Histogram, columns: number): string {
  const bars = latency.bars();
  const most = Math.max(1, ...bars.map(({ count }) => count));
  const room = Math.max(10, columns - 30);
  return bars
    .map(({ from, count }) => {
      const bar = '█'.repeat(Math.round((count / most) * room)) || (count > 0 ? '▏' : '');
      return `${duration(from).padStart(9)} ${bar} ${count > 0 ? grouped(count) : ''}`.trimEnd();
    })
    .concat('')
    .join('\n');
}

const WIDTH = 800;
const HEIGHT = 400;
const MARGIN = 60;

function svgBar(bar: Bar, index: number, width: number, most: number): string {
  const height = (bar.count / most) * (HEIGHT - 2 * MARGIN);
  const x = (MARGIN + index * width).toFixed(1);
  const y = (HEIGHT - MARGIN - height).toFixed(1);
  const label = `${duration(bar.from)} to ${duration(bar.to)}: ${grouped(bar.count)}`;
  return `<rect x="${x}" y="${y}" width="${Math.max(1, width - 1).toFixed(1)}" height="${height.toFixed(1)}" fill="#2a6f97"><title>${label}</title></rect>`;
}

/** The latencies as an SVG file of its own. */
export function svgPlot(result: Result): string {
  const bars = result.latency.bars();
  const most = Math.max(1, ...bars.map(({ count }) => count));
  const width = (WIDTH - 2 * MARGIN) / Math.max(1, bars.length);
  const every = Math.max(1, Math.ceil(bars.length / 8));
  const axis = bars.flatMap(({ from }, index) =>
    index % every === 0
      ? [
          `<text x="${(MARGIN + index * width).toFixed(1)}" y="${HEIGHT - MARGIN + 18}">${duration(from)}</text>`,
        ]
      : [],
  );
  const { qos, size, publishers, subscribers, latency } = result;
  const title = `Latency of ${grouped(latency.count)} messages: QoS ${qos}, ${size} bytes, ${publishers} to ${subscribers}`;
  const marks = QUANTILES.map(([name, part]) => `${name} ${duration(latency.quantile(part))}`).join('   ');
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12" fill="#222">`,
    '<rect width="100%" height="100%" fill="#fff"/>',
    `<text x="${MARGIN}" y="24" font-size="15">${title}</text>`,
    `<text x="${MARGIN}" y="44">${marks}   max ${duration(latency.largest)}</text>`,
    ...bars.map((bar, index) => svgBar(bar, index, width, most)),
    `<line x1="${MARGIN}" y1="${HEIGHT - MARGIN}" x2="${WIDTH - MARGIN}" y2="${HEIGHT - MARGIN}" stroke="#222"/>`,
    ...axis,
    `<text x="8" y="${MARGIN + 4}">${grouped(most)}</text>`,
    '</svg>',
    '',
  ].join('\n');
}

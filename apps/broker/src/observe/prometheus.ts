/**
 * Numbers as Prometheus reads them (text format 0.0.4): families of samples, written. Knows no broker.
 */

/** One number, with what tells it from its sisters. */
export interface Sample {
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly value: number;
}

/** Samples of one name. Counters end in `_total`; times are seconds, sizes bytes. */
export interface Family {
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  readonly help: string;
  readonly samples: readonly Sample[];
}

/** A gauge. */
export function gauge(name: string, help: string, samples: readonly Sample[]): Family {
  return { name, type: 'gauge', help, samples };
}

/** The media type of what `exposition` writes. */
export const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** All families as text. A family without samples is left out. */
export function exposition(families: Iterable<Family>): string {
  let text = '';
  for (const { name, type, help, samples } of families) {
    if (samples.length === 0) continue;
    text += `# HELP ${name} ${help.replace(/\\/g, '\\\\').replace(/\n/g, '\\n')}\n# TYPE ${name} ${type}\n`;
    for (const { labels, value } of samples) text += `${name}${labelsOf(labels)} ${numberOf(value)}\n`;
  }
  return text;
}

/** `messagesReceived` -> `messages_received`, `messagesQoS1` -> `messages_qos1`. */
export function snakeCase(name: string): string {
  return name
    .replace(/QoS/g, 'Qos')
    .replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
    .replace(/^_/, '');
}

function labelsOf(labels: Readonly<Record<string, string>> | undefined): string {
  const entries = Object.entries(labels ?? {});
  if (entries.length === 0) return '';
  return `{${entries.map(([name, value]) => `${name}="${escaped(value)}"`).join(',')}}`;
}

function escaped(value: string): string {
  return value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n');
}

function numberOf(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value);
}

/** What the clients are made to do, as data: one row of the report each. */

/** A load. */
export interface Load {
  readonly kind: 'publish' | 'receive' | 'heap' | 'first';
  readonly name: string;
  /** Messages come to the client, from the peer or from a publisher beside it. */
  readonly receives?: true;
  readonly version: 4 | 5;
  readonly qos: 0 | 1 | 2;
  readonly bytes: number;
}

const VERSIONS = [4, 5] as const;
const SIZES = [64, 16_384] as const;
const QOS = [0, 1, 2] as const;

function nameOf(kind: string, version: 4 | 5, qos: number, bytes: number): string {
  return `${kind} QoS ${qos}, ${bytes < 1024 ? `${bytes} B` : `${bytes / 1024} KB`}, ${version === 4 ? '3.1.1' : '5.0'}`;
}

const traffic = (['publish', 'receive'] as const).flatMap((kind) =>
  SIZES.flatMap((bytes) =>
    VERSIONS.flatMap((version) =>
      QOS.map(
        (qos): Load => ({
          kind,
          name: nameOf(kind, version, qos, bytes),
          ...(kind === 'receive' && { receives: true }),
          version,
          qos,
          bytes,
        }),
      ),
    ),
  ),
);

/** Every load, in the order of the report. */
export const LOADS: readonly Load[] = [
  ...traffic,
  { kind: 'heap', name: 'heap after publish QoS 0', version: 5, qos: 0, bytes: 64 },
  { kind: 'heap', name: 'heap after publish QoS 1', version: 5, qos: 1, bytes: 64 },
  { kind: 'heap', name: 'heap after receive QoS 0', receives: true, version: 5, qos: 0, bytes: 64 },
  { kind: 'heap', name: 'heap after receive QoS 1', receives: true, version: 5, qos: 1, bytes: 64 },
  { kind: 'first', name: 'time to first message', version: 5, qos: 0, bytes: 64 },
];

/** How many times MQTT.js's speed is to be reached; undefined: at least its own. */
export function targetOf({ kind, qos }: Load): number {
  if (kind === 'heap' || kind === 'first') return 1;
  return qos === 0 ? 4 : 3;
}

/**
 * The topics of the loads and the filters that match them: `bench/AAA/unit/BBB/pressure`, 27 bytes, a million of them.
 * A thousand topics with the same AAA are an area. Knows nothing of who publishes and who subscribes.
 */

/** Topics of one area. */
export const AREA = 1000;
/** Every publisher goes through its topics in steps of this prime, so that neighbours do not follow each other. */
const STEP = 7919;

const digits = (value: number): string => String(value).padStart(3, '0');

/** Where AAA and BBB lie in a topic. */
const AREA_AT = 'bench/'.length;
const UNIT_AT = 'bench/000/unit/'.length;

/** Topic number 0 to 999,999. */
export function topic(index: number): string {
  return `bench/${digits(Math.floor(index / AREA))}/unit/${digits(index % AREA)}/pressure`;
}

/** The topics of one publisher: `each` of them, from `first` on. */
export interface Topics {
  readonly first: number;
  readonly each: number;
}

/** The topic of a publisher's message `number`. */
export function topicOf({ first, each }: Topics, number: number): number {
  return each === 1 ? first : first + ((number * STEP) % each);
}

/** Every topic of an area, with wildcards in one of four forms. */
export function areaFilter(area: number, form: number): string {
  const forms = [
    `bench/${digits(area)}/unit/+/pressure`,
    `bench/${digits(area)}/#`,
    `+/${digits(area)}/unit/#`,
    `bench/${digits(area)}/+/+/pressure`,
  ];
  return forms[form % forms.length] ?? '';
}

/** One subscription for each topic of an area; every tenth has a wildcard, which matches that topic alone. */
export function unitFilters(area: number): string[] {
  const a = digits(area);
  return Array.from({ length: AREA }, (_, unit) => {
    const b = digits(unit);
    if (unit % 10 > 0) return topic(area * AREA + unit);
    const forms = [
      `bench/${a}/+/${b}/pressure`,
      `bench/${a}/unit/${b}/#`,
      `+/${a}/unit/${b}/pressure`,
      `bench/${a}/unit/${b}/+`,
    ];
    return forms[(unit / 10) % forms.length] ?? '';
  });
}

/** Writes a topic's number into the topic at `at`. */
export function setTopic(bytes: Uint8Array, at: number, index: number): void {
  setDigits(bytes, at + AREA_AT, Math.floor(index / AREA));
  setDigits(bytes, at + UNIT_AT, index % AREA);
}

function setDigits(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = 0x30 + Math.floor(value / 100);
  bytes[at + 1] = 0x30 + (Math.floor(value / 10) % 10);
  bytes[at + 2] = 0x30 + (value % 10);
}

/**
 * A run as one HTML page that needs nothing else: the facts as JSON in it, `page.css` for how it looks, the
 * modules beside it for what it draws and what happens when somebody clicks. Decides nothing.
 */
import { readFileSync } from 'node:fs';
import type { Line } from '../../conformance/wire.ts';
import { isOurs } from '../../ours.ts';
import type { Outcome, Verdict } from '../outcome.ts';
import { named, type Play } from '../plan.ts';
import type { Report } from '../report.ts';
import { BETWEEN, tableOf } from '../table.ts';

/** A play in the page: scenario, way, verdict, ms, and which exchange belongs to it; -1: none. */
type PlayRow = readonly [scenario: number, way: number, verdict: Verdict, ms: number, exchange: number];

/** What the page's modules read. Names stand once, and are numbers elsewhere. */
export interface PageData {
  readonly began: string;
  readonly ms: number;
  readonly troubles: readonly string[];
  readonly brokers: readonly { readonly name: string; readonly version: string; readonly isOurs: boolean }[];
  readonly clients: readonly {
    readonly name: string;
    readonly isOurs: boolean;
    readonly isBetween: boolean;
  }[];
  readonly scenarios: readonly { readonly name: string; readonly statements: string }[];
  /** `5.0 tcp`. */
  readonly ways: readonly string[];
  readonly reasons: readonly string[];
  readonly cells: readonly {
    readonly client: number;
    readonly broker: number;
    readonly plays: readonly PlayRow[];
    readonly notPlayed: readonly (readonly [scenario: number, way: number, reason: number])[];
  }[];
  readonly exchanges: readonly {
    readonly reason: string;
    readonly known: string;
    readonly note: string;
    readonly lines: readonly Line[];
  }[];
}

/** Gives each text a number, the same one for the same text. */
class Numbers {
  readonly texts: string[] = [];
  readonly #numbers = new Map<string, number>();

  of(text: string): number {
    const before = this.#numbers.get(text);
    if (before !== undefined) return before;
    this.texts.push(text);
    this.#numbers.set(text, this.texts.length - 1);
    return this.texts.length - 1;
  }
}

function wayOf({ writer, reader }: Play): string {
  return writer === reader ? `${reader.way.version} ${reader.way.transport}` : 'any way';
}

/** A story; between two clients it says which, and its way is theirs. */
function storyOf({ scenario, writer, reader }: Play): string {
  return writer === reader ? scenario.name : `${named(writer)} → ${named(reader)}: ${scenario.name}`;
}

function exchangeOf({ reason, known = '', note, exchange }: Outcome): PageData['exchanges'][number] {
  return { reason, known, note, lines: exchange };
}

/** The facts of a run, as the page has them. */
export function pageData(report: Report): PageData {
  const table = tableOf(report);
  const plays = [...report.outcomes.map(({ play }) => play), ...report.notPlayed];
  const scenarios = new Map(plays.map((play) => [storyOf(play), play.scenario.statements ?? '']));
  const stories = [...scenarios.keys()];
  const ways = new Numbers();
  const reasons = new Numbers();
  const exchanges: PageData['exchanges'][number][] = [];
  const brokers = new Map(plays.map(({ broker }) => [broker.name, broker]));
  return {
    began: report.began,
    ms: report.ms,
    troubles: report.troubles,
    brokers: table.brokers.map((name) => ({
      name,
      version: report.versions.get(name) ?? '',
      isOurs: brokers.get(name)?.isOurs === true,
    })),
    clients: table.clients.map((name) => ({ name, isOurs: isOurs(name), isBetween: name === BETWEEN })),
    scenarios: [...scenarios].map(([name, statements]) => ({ name, statements })),
    cells: table.cells.map(({ client, broker, outcomes, notPlayed }) => ({
      client: table.clients.indexOf(client),
      broker: table.brokers.indexOf(broker),
      plays: outcomes.map((one) => {
        const { play, verdict, ms } = one;
        const exchange = verdict === 'passed' ? -1 : exchanges.push(exchangeOf(one)) - 1;
        return [stories.indexOf(storyOf(play)), ways.of(wayOf(play)), verdict, ms, exchange] as const;
      }),
      notPlayed: notPlayed.map(
        (one) => [stories.indexOf(storyOf(one)), ways.of(wayOf(one)), reasons.of(one.why)] as const,
      ),
    })),
    ways: ways.texts,
    reasons: reasons.texts,
    exchanges,
  };
}

function file(name: string): string {
  return readFileSync(new URL(`./${name}`, import.meta.url), 'utf8');
}

/** The modules of the page as one, in the order in which they need each other. */
function script(): string {
  return ['facts.mjs', 'pair.mjs', 'matrix.mjs']
    .map((name) =>
      file(name)
        .replace(/^import [^;]*;\n/gm, '')
        .replace(/^export /gm, ''),
    )
    .join('\n');
}

/** The page. */
export function pageText(report: Report): string {
  // A `<` in a text must not end the element that holds it.
  const data = JSON.stringify(pageData(report)).replaceAll('<', '\\u003c');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>MQTT interop matrix</title>
<style>
${file('page.css')}</style>
</head>
<body>
<main id="page"><noscript>This page is drawn by a script. The same facts are in the JSON report.</noscript></main>
<script type="application/json" id="data">${data}</script>
<script type="module">
${script()}</script>
</body>
</html>
`;
}

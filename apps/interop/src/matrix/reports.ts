/** Writes the reports of a run to files. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { pageText } from './page/page.ts';
import type { Report } from './report.ts';
import { jsonText, junitText } from './reports-for-machines.ts';

/** Where each goes. */
export interface ReportPaths {
  readonly json: string;
  readonly junit: string;
  readonly html: string;
}

/** Writes all of them; folders that are missing are made. */
export function writeReports(report: Report, { json, junit, html }: ReportPaths): void {
  for (const [path, text] of [
    [json, jsonText(report)],
    [junit, junitText(report)],
    [html, pageText(report)],
  ] as const) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}

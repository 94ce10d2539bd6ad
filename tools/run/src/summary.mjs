/**
 * Adds up what a turbo run did: tests passed and failed from vitest's JSON reports, tasks that failed from turbo's
 * own summary. Reports are turbo outputs, so a cached package counts like one that ran.
 * Knows nothing of how the run was started.
 */
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { ROOT } from './bootstrap.mjs';

const RUNS = join(ROOT, '.turbo', 'runs');

/**
 * Folders of workspace packages that have a script of this name.
 * @param {string} script
 */
export function packagesWith(script) {
  /** @type {string[]} */
  const found = [];
  for (const group of ['packages', 'apps', 'tools']) {
    for (const name of readdirSync(join(ROOT, group)).sort()) {
      const manifest = join(ROOT, group, name, 'package.json');
      if (existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).scripts?.[script]) {
        found.push(join(group, name));
      }
    }
  }
  return found;
}

/**
 * @param {string} folder
 * @param {string} task
 */
function reportPath(folder, task) {
  return join(ROOT, folder, '.reports', `${task.replace(':', '-')}.json`);
}

/**
 * Removes the reports and run summaries of earlier runs, so that nothing old is counted.
 * @param {string[]} tasks
 */
export function forgetReports(tasks) {
  rmSync(RUNS, { recursive: true, force: true });
  for (const path of reports(tasks, [])) rmSync(path, { force: true });
}

/**
 * Where the suites of these tasks leave their reports.
 * @param {string[]} tasks
 * @param {string[]} left folders that are left out
 */
function reports(tasks, left) {
  return tasks.flatMap((task) => {
    const folders = packagesWith(task).filter((folder) => !left.includes(folder));
    return folders.map((folder) => reportPath(folder, task));
  });
}

/**
 * The parts of vitest's JSON report that are counted and told.
 * @typedef {object} Report
 * @property {number} numPassedTests
 * @property {number} numFailedTests
 * @property {number} numPendingTests
 * @property {number} numTodoTests
 * @property {FileReport[]} testResults
 */

/**
 * @typedef {object} FileReport
 * @property {string} status
 * @property {string} [name]
 * @property {string} [message]
 * @property {{ status: string, fullName?: string, failureMessages?: string[] }[]} assertionResults
 */

/** Failures of a report that are told one by one. */
const MOST_TOLD = 20;

/**
 * Passed, failed and skipped tests of one report; a suite that does not load is one failure.
 * @param {Report} report
 */
export function countReport(report) {
  const passed = report.numPassedTests;
  const failed = report.numFailedTests;
  const skipped = report.numPendingTests + report.numTodoTests;
  const failedToLoad = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  ).length;
  return { passed, failed: failed + failedToLoad, skipped };
}

/**
 * Each failed test of one report in a line, with the first line of why; of many the first, and how many more.
 * @param {Report} report
 */
export function failuresOf(report) {
  const all = report.testResults.flatMap((file) => {
    const where = file.name ? relative(ROOT, file.name) : '';
    const failed = file.assertionResults.filter((test) => test.status === 'failed');
    if (file.status === 'failed' && failed.length === 0) return [`${where}: ${firstLine(file.message)}`];
    return failed.map((test) => `${where}: ${test.fullName ?? ''}: ${firstLine(test.failureMessages?.[0])}`);
  });
  const more = all.length > MOST_TOLD ? [`and ${all.length - MOST_TOLD} more`] : [];
  return [...all.slice(0, MOST_TOLD), ...more];
}

/** @param {string} text */
function firstLine(text = '') {
  return text.trim().split('\n')[0] ?? '';
}

/**
 * The sum over all packages; `failures` names tests that failed, `missing` the reports that are not there.
 * @param {string[]} tasks
 * @param {string[]} left folders that are not counted
 */
export function countTests(tasks, left = []) {
  /** @type {string[]} */
  const missing = [];
  /** @type {string[]} */
  const failures = [];
  const sum = { passed: 0, failed: 0, skipped: 0, missing, failures };
  for (const path of reports(tasks, left)) {
    if (!existsSync(path)) {
      sum.missing.push(relative(ROOT, path));
      continue;
    }
    /** @type {Report} */
    const report = JSON.parse(readFileSync(path, 'utf8'));
    const one = countReport(report);
    failures.push(...failuresOf(report));
    sum.passed += one.passed;
    sum.failed += one.failed;
    sum.skipped += one.skipped;
  }
  return sum;
}

/**
 * Ids of the tasks of the last turbo run that ended badly, e.g. `@mqtt/codec#typecheck`.
 * @returns {string[]}
 */
export function failedTasks() {
  if (!existsSync(RUNS)) return [];
  const newest = readdirSync(RUNS)
    .map((name) => join(RUNS, name))
    .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)[0];
  if (newest === undefined) return [];
  /** @type {{ tasks: { taskId: string, execution?: { exitCode?: number } }[] }} */
  const { tasks } = JSON.parse(readFileSync(newest, 'utf8'));
  return tasks.filter((task) => (task.execution?.exitCode ?? 0) !== 0).map((task) => task.taskId);
}

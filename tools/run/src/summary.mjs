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
 * The parts of vitest's JSON report that are counted.
 * @typedef {object} Report
 * @property {number} numPassedTests
 * @property {number} numFailedTests
 * @property {number} numPendingTests
 * @property {number} numTodoTests
 * @property {{ status: string, assertionResults: { status: string }[] }[]} testResults
 */

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
 * The sum over all packages; `missing` names the reports that are not there.
 * @param {string[]} tasks
 * @param {string[]} left folders that are not counted
 */
export function countTests(tasks, left = []) {
  /** @type {string[]} */
  const missing = [];
  const sum = { passed: 0, failed: 0, skipped: 0, missing };
  for (const path of reports(tasks, left)) {
    if (!existsSync(path)) {
      sum.missing.push(relative(ROOT, path));
      continue;
    }
    const one = countReport(JSON.parse(readFileSync(path, 'utf8')));
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

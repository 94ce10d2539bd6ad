/**
 * ARCHITECTURE.md tells the truth about the tree: every path it names exists, every folder of sources is in it.
 */
import { posix } from 'node:path';
import type { Finding } from '../finding.ts';
import type { Repository } from '../repository.ts';

const MAP = 'ARCHITECTURE.md';
const PATH = /`((?:packages|apps|tools|docs|\.changeset|\.ci|\.github)(?:\/[^`\s*{}…]*)?)`/g;

function finding(line: number, what: string, why: string, wayOut: string): Finding {
  return { path: MAP, line, rule: 'map', what, why, wayOut };
}

function existing(repo: Repository): Set<string> {
  const all = new Set(repo.paths);
  for (const path of repo.paths) {
    for (let dir = posix.dirname(path); dir !== '.'; dir = posix.dirname(dir)) all.add(dir);
  }
  return all;
}

/** Findings on the map against the tree. */
export function mapRule(repo: Repository): Finding[] {
  const text = repo.document(MAP);
  if (text === undefined) return [finding(1, MAP, 'the repository has a map', 'write one')];
  const exists = existing(repo);
  const findings: Finding[] = [];
  text.split('\n').forEach((line, index) => {
    for (const [, path = ''] of line.matchAll(PATH)) {
      if (!exists.has(path.replace(/\/$/, ''))) {
        findings.push(finding(index + 1, path, 'a path on the map exists', 'correct or remove it'));
      }
    }
  });
  if (text.split('\n').length > 200)
    findings.push(finding(201, MAP, 'the map has at most 200 lines', 'shorten it'));
  const folders = new Set(
    repo.files.map((file) => posix.dirname(file.path)).filter((dir) => /\/src(\/|$)/.test(dir)),
  );
  for (const folder of folders) {
    if (!text.includes(`\`${folder}\``) && !text.includes(`\`${folder}/\``)) {
      findings.push(
        finding(1, folder, 'every folder of sources is on the map', 'add a line that says what lives there'),
      );
    }
  }
  return findings;
}

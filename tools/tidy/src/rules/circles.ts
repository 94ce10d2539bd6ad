/**
 * No file imports itself through others, types included. Finds each circle once and names the way round it.
 */
import { posix } from 'node:path';
import type { Finding } from '../finding.ts';
import type { Repository } from '../repository.ts';

interface Edge {
  readonly to: string;
  readonly line: number;
}

function edges(repo: Repository): Map<string, Edge[]> {
  const known = new Set(repo.files.map((file) => file.path));
  const graph = new Map<string, Edge[]>();
  for (const file of repo.files) {
    const out: Edge[] = [];
    for (const item of file.imports) {
      if (!item.specifier.startsWith('.')) continue;
      const to = posix.join(posix.dirname(file.path), item.specifier);
      if (known.has(to)) out.push({ to, line: item.line });
    }
    graph.set(file.path, out);
  }
  return graph;
}

/** Findings on circles between files, by depth-first search: an edge to a file on the current path closes one. */
export function circleRule(repo: Repository): Finding[] {
  const graph = edges(repo);
  const findings: Finding[] = [];
  const finished = new Set<string>();
  const path: string[] = [];
  const visit = (from: string): void => {
    if (finished.has(from)) return;
    path.push(from);
    for (const edge of graph.get(from) ?? []) {
      const start = path.indexOf(edge.to);
      if (start === -1) {
        visit(edge.to);
        continue;
      }
      const round = [...path.slice(start), edge.to].map((file) => posix.basename(file)).join(' -> ');
      const wayOut = 'move what both need into a file below both';
      const why = 'no circles between files';
      findings.push({ path: from, line: edge.line, rule: 'circles', what: `circle ${round}`, why, wayOut });
    }
    path.pop();
    finished.add(from);
  };
  for (const from of graph.keys()) visit(from);
  return findings;
}

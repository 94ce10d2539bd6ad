/**
 * The examples of a README: which are run, what they must print, and the ports that stand for a broker's.
 * A fence ```ts is type-checked and run; ```ts no-run is type-checked only; a ```text fence right below a ```ts fence
 * is what it must print.
 */

/** One TypeScript example of a README. */
export interface Example {
  /** 1-based line of its first line of code. */
  readonly line: number;
  readonly code: string;
  readonly runs: boolean;
  /** What it prints, when the README says so. */
  readonly prints?: string;
}

interface Fence {
  readonly info: string;
  readonly line: number;
  readonly text: string;
  readonly end: number;
}

function fences(markdown: string): Fence[] {
  const found: Fence[] = [];
  const lines = markdown.split('\n');
  for (let i = 0; i < lines.length; i += 1) {
    const open = /^```(.*)$/.exec(lines[i] ?? '');
    if (open === null) continue;
    const close = lines.indexOf('```', i + 1);
    if (close === -1) throw new Error(`line ${i + 1}: a fence without an end`);
    found.push({
      info: (open[1] ?? '').trim(),
      line: i + 2,
      text: lines.slice(i + 1, close).join('\n'),
      end: close,
    });
    i = close;
  }
  return found;
}

/** Every ```ts example of a README, in order. */
export function examplesOf(markdown: string): Example[] {
  const all = fences(markdown);
  const lines = markdown.split('\n');
  return all.flatMap((fence, index) => {
    const [language, ...words] = fence.info.split(/\s+/);
    if (language !== 'ts' && language !== 'typescript') return [];
    const next = all[index + 1];
    const isBelow =
      next?.info === 'text' && lines.slice(fence.end + 1, next.line - 2).every((line) => line === '');
    const example = { line: fence.line, code: `${fence.text}\n`, runs: !words.includes('no-run') };
    return [isBelow ? { ...example, prints: `${next.text}\n` } : example];
  });
}

/** The first command of a README that starts `program`, with its arguments; undefined when there is none. */
export function commandOf(markdown: string, program: string): string[] | undefined {
  for (const fence of fences(markdown)) {
    if (!['sh', 'bash', 'shell', 'console'].includes(fence.info)) continue;
    for (const line of fence.text.split('\n')) {
      const match = new RegExp(`^(?:\\$ )?(?:npx )?${program}((?: [^|&>#]+)?)$`).exec(line.trim());
      if (match !== null) return (match[1] ?? '').split(' ').filter((word) => word !== '');
    }
  }
  return undefined;
}

/** The ports a README writes, and those a test uses instead. */
export interface Ports {
  readonly mqtt: number;
  readonly websocket: number;
}

/** The example with 1883 and 8083 replaced by the ports of a test. */
export function withPorts(code: string, ports: Ports): string {
  return code.replace(/\b1883\b/g, String(ports.mqtt)).replace(/\b8083\b/g, String(ports.websocket));
}

/** True when an example speaks of a broker's port. */
export function needsBroker(code: string): boolean {
  return /\b(1883|8083)\b/.test(code);
}

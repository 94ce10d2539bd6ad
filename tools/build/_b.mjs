import { build } from 'esbuild';

await build({
  entryPoints: ['/tmp/p.ts', '/tmp/p5.ts', '/tmp/q.ts'],
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  outdir: '/tmp/pb',
  outExtension: { '.js': '.mjs' },
  external: ['mqtt-packet'],
});

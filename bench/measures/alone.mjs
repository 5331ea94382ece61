/**
 * Parts of a call's way, each alone: milliseconds a call.
 *
 * `part`: `worker`, the loop of a worker from frame to frame; `text`, the encoding of the arguments and
 * the decoding of the reply.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { root } from '../../.ci/lib/paths.mjs';

const ALONE = fileURLToPath(new URL('../scripts/alone.py', import.meta.url));
const CALLS = 200_000;

export function measure({ settings }, { part }) {
  return { worker, text }[part](settings.python);
}

function worker(python) {
  return Number(execFileSync(python, [ALONE, join(root, 'python')])) / 1_000;
}

async function text() {
  const { decodeResult, encodeArguments } = await loadEncoding();
  const args = ['x'.repeat(98)];
  const log = () => {};
  let begin = 0;
  // The first half is for the compiler.
  for (let call = 0; call < 2 * CALLS; call += 1) {
    if (call === CALLS) begin = performance.now();
    decodeResult(encodeArguments(args, log).json);
  }
  return (performance.now() - begin) / CALLS;
}

/** The published package does not export it. */
async function loadEncoding() {
  const bundle = await rolldown({ input: join(root, 'ts/pool/encoding.ts'), platform: 'node' });
  const { output } = await bundle.generate({ format: 'esm' });
  return import(`data:text/javascript,${encodeURIComponent(output[0].code)}`);
}

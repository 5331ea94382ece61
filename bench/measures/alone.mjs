/**
 * The parts of a call, each measured alone: milliseconds per call.
 *
 * `part`: `worker` is the loop of a worker from frame to frame; `text` is the conversion of the
 * arguments to text, and of the reply from text, in JavaScript.
 */
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from '../../scripts/lib/paths.mjs';

const ALONE = fileURLToPath(new URL('../scripts/alone.py', import.meta.url));
const { fromText, toText } = createRequire(import.meta.url)('../../ts/pool/text.js');
const CALLS = 200_000;

export function measure({ settings }, { part }) {
  return { worker, text }[part](settings.python);
}

function worker(python) {
  return Number(execFileSync(python, [ALONE, join(root, 'python')])) / 1_000;
}

function text() {
  const args = ['x'.repeat(98)];
  const log = () => {};
  let begin = 0;
  // The first half warms up the compiler.
  for (let call = 0; call < 2 * CALLS; call += 1) {
    if (call === CALLS) begin = performance.now();
    fromText(toText(args, log).text);
  }
  return (performance.now() - begin) / CALLS;
}

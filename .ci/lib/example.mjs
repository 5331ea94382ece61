// Reads the example of the README: the first TypeScript and the first Python block under the heading
// `## Example`. The TypeScript names the Python file, and a comment after each
// `console.log(...)` shows its output.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export function readExample(root) {
  const readme = readFileSync(join(root, 'README.md'), 'utf8').replaceAll('\r\n', '\n');
  const section = /^## Example\b.*\n([\s\S]*?)(?=^## |$(?![\s\S]))/m.exec(readme)?.[1];
  if (!section) throw new Error('README.md has no heading `## Example`.');
  const code = block(section, 'ts|typescript');
  const name = /['"](?:\.\/)?([\w-]+\.py)['"]/.exec(code)?.[1];
  if (!name) throw new Error('The example does not name its Python file.');
  const printed = [...code.matchAll(/console\.log\(.*\/\/\s*(.+)$/gm)].map(([, text]) =>
    text.trim(),
  );
  if (printed.length === 0) throw new Error('The example does not say what it prints.');
  return { code, provider: { name, code: block(section, 'py|python') }, printed };
}

function block(section, language) {
  const code = new RegExp(`^\`\`\`(?:${language})\\n([\\s\\S]*?)^\`\`\``, 'm').exec(section)?.[1];
  if (!code) throw new Error(`The example has no block of ${language}.`);
  return code;
}

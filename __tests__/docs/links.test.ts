/** The links of the documentation lead to existing files and headings, and the files that it names exist. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../support';

const PAGES = ['.', 'docs', 'bench'].flatMap((folder) =>
  readdirSync(path.join(ROOT, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => path.join(folder, name)),
);

it.each(PAGES)('all links of %s lead somewhere', (page) => {
  const missing = linksOf(page).filter(
    ({ target }) => !target.includes(':') && !leads(page, target),
  );
  expect(missing).toEqual([]);
});

it.each(PAGES)('all files of the project that %s names exist', (page) => {
  const names = [
    ...proseOf(page).matchAll(/`((?:__tests__|crates|python|src|tests|ts)\/[\w./-]+)`/g),
  ];
  const missing = names
    .map(([, name]) => name)
    .filter((name) => !existsSync(path.join(ROOT, name)));
  expect(missing).toEqual([]);
});

function linksOf(page: string): { text: string; target: string }[] {
  return [...proseOf(page).matchAll(/\[([^\]]*)\]\(([^)\s]+)\)/g)].map(([, text, target]) => ({
    text,
    target,
  }));
}

function leads(page: string, target: string): boolean {
  const [file, heading] = target.split('#');
  const other = file ? path.join(path.dirname(page), file) : page;
  if (!existsSync(path.join(ROOT, other))) {
    return false;
  }
  return heading === undefined || headingsOf(other).includes(heading);
}

/** The anchors that GitHub makes of the headings of a page. */
function headingsOf(page: string): string[] {
  return [...proseOf(page).matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** A page without its code. */
function proseOf(page: string): string {
  const text = readFileSync(path.join(ROOT, page), 'utf8').replaceAll('\r\n', '\n');
  return text.replace(/^```.*?^```/gms, '');
}

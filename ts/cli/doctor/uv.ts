// Projects whose packages uv installs.

import { existsSync } from 'node:fs';
import path from 'node:path';

/** The folder of the project that a folder is in, if uv locks its packages or those of its workspace. */
export function uvProject(folder: string): string | undefined {
  const project = above(folder).find((one) => existsSync(path.join(one, 'pyproject.toml')));
  const workspace = above(project ?? folder).find((one) =>
    ['uv.lock', '.git'].some((mark) => existsSync(path.join(one, mark))),
  );
  return workspace && existsSync(path.join(workspace, 'uv.lock')) ? project : undefined;
}

function above(folder: string): string[] {
  const parent = path.dirname(folder);
  return parent === folder ? [folder] : [folder, ...above(parent)];
}

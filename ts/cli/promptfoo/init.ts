// `python-worker-pool promptfoo init`: what to change in a configuration of promptfoo, so that its Python runs on pools.

import { EXIT } from '../exit.js';
import { toJson } from '../json.js';
import { writeOut } from '../terminal.js';
import { bridgeOf } from './bridges.js';
import { findConfig } from './config-file.js';
import { searchConfig } from './configuration.js';
import { inWords, reportOn } from './report.js';
import { printed } from './source.js';

export interface InitOptions {
  write?: boolean;
  json?: boolean;
}

export async function init(given: string | undefined, options: InitOptions): Promise<number> {
  const config = findConfig(given);
  // Loaded on demand: no other command needs it.
  const { parseYaml } = await import('../../yaml/index.js');
  const listing = searchConfig(config, parseYaml);
  const bridges = listing.scripts().map((script) => bridgeOf(script, Boolean(options.write)));
  const report = reportOn(printed(config), listing, bridges);
  await writeOut(options.json ? `${toJson(report)}\n` : inWords(report, Boolean(options.write)));
  return report.ok ? EXIT.ok : EXIT.failed;
}

// YAML as promptfoo reads it.

import * as yaml from 'js-yaml';

/** The default schema of js-yaml 4: with merge keys, dates and binary data. */
export const SCHEMA = yaml.CORE_SCHEMA.withTags(
  yaml.mergeTag,
  yaml.binaryTag,
  yaml.timestampTag,
  yaml.omapTag,
  yaml.pairsTag,
);

/** The single document of a text; undefined if it is empty. */
export function loadYaml(text: string): unknown {
  return single(yaml.loadAll(text, { schema: SCHEMA }));
}

export function single(documents: readonly unknown[]): unknown {
  if (documents.length > 1) {
    throw new Error('expected a single document in the stream, but found more');
  }
  return documents[0];
}

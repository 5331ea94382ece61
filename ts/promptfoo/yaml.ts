// YAML as promptfoo reads it. A module of its own, loaded on demand because the library loads slowly.

import * as yaml from 'js-yaml';

/** The default schema of js-yaml 4: with merge keys, dates and binary data. */
const SCHEMA = yaml.CORE_SCHEMA.withTags(
  yaml.mergeTag,
  yaml.binaryTag,
  yaml.timestampTag,
  yaml.omapTag,
  yaml.pairsTag,
);

/** The single document of a text; undefined if it is empty. */
export function loadYaml(text: string): unknown {
  const documents = yaml.loadAll(text, { schema: SCHEMA });
  if (documents.length > 1) {
    throw new Error('expected a single document in the stream, but found more');
  }
  return documents[0];
}

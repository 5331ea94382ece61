// YAML as promptfoo reads it. Loaded when there is some, as the library takes a while to load.

import * as yaml from 'js-yaml';

/** As js-yaml 4 had it by default: with merge keys, dates and binary data. */
const SCHEMA = yaml.CORE_SCHEMA.withTags(
  yaml.mergeTag,
  yaml.binaryTag,
  yaml.timestampTag,
  yaml.omapTag,
  yaml.pairsTag,
);

/** The one document of a text; undefined when it has none. */
export function loadYaml(text: string): unknown {
  const documents = yaml.loadAll(text, { schema: SCHEMA });
  if (documents.length > 1) {
    throw new Error('expected a single document in the stream, but found more');
  }
  return documents[0];
}

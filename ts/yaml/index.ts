// YAML: values, and trees that know where they are in the text. A part of its own, loaded on demand because the library
// loads slowly.

export { loadYaml } from './load.js';
export {
  parseYaml,
  type YamlList,
  type YamlMapping,
  type YamlNode,
  type YamlScalar,
  YamlSyntaxError,
} from './tree.js';

// Test cases: where they come from, and the Python in them.

import path from 'node:path';
import type { YamlMapping, YamlNode, YamlScalar } from '../../yaml/index.js';
import { isPattern } from './glob.js';
import { child, entriesOf, scalarsIn, textOf } from './nodes.js';
import { promptNames } from './prompts.js';
import { provider, providerNames } from './providers.js';
import { readReference } from './reference.js';
import type { Place } from './search.js';

/** A test case, a reference to some, or a list of these. */
export function tests(at: Place, node: YamlNode): void {
  if (node.kind === 'scalar') {
    file(at, node);
  } else if (at.search.isNew(node, 'tests')) {
    if (node.kind === 'list') {
      for (const item of node.items) {
        tests(at, item);
      }
    } else {
      const source = child(node, 'path');
      if (source?.kind === 'scalar') {
        file(at, source);
      } else {
        testCase(at, node);
      }
    }
  }
}

/** A function that makes test cases, or files with them. */
function file(at: Place, node: YamlScalar): void {
  if (readReference(node.value)) {
    at.call(node, 'tests', { bare: true });
  } else if (!IS_ELSEWHERE.test(node.value)) {
    for (const found of at.filesOf(node, at.search.folder)) {
      contents(at, node, found);
    }
  }
}

/** Test cases from the network, or from JavaScript. */
const IS_ELSEWHERE = /^(az|https?|huggingface|hf):\/\/|\.[cm]?[jt]s(:[^/\\]*)?$/;

function contents(at: Place, node: YamlScalar, found: string): void {
  const name = path.basename(found);
  const extension = path.extname(found);
  if (['.yaml', '.yml', '.json', '.jsonl'].includes(extension)) {
    const place = at.search.open(found);
    for (const root of place.source.roots) {
      tests(place, root);
    }
  } else if (extension === '.py' && isPattern(node.value)) {
    at.stay(node, 'tests', `The pattern matches ${name}: name the script instead.`);
  } else if (extension === '.csv' && at.search.mentionsPython(found)) {
    at.warn(node, `${name} is not searched, but names a Python file`);
  }
}

/** A test case, or the default one. */
export function testCase(at: Place, node: YamlNode | undefined): void {
  at.mappings(node, 'test case', (place, test) => {
    variables(place, child(test, 'vars'));
    place.mappings(child(test, 'assert'), 'assertion', assertion);
    place.call(child(test, 'assertScoringFunction'), 'scoring');
    place.mappings(child(test, 'options'), 'options', options);
    grader(place, test);
    providerNames(place, child(test, 'providers'));
    promptNames(place, child(test, 'prompts'));
  });
}

export function scenario(at: Place, node: YamlMapping): void {
  const config = child(node, 'config');
  testCase(at, config);
  const cases = child(node, 'tests');
  if (cases) {
    tests(at, cases);
  }
}

function options(at: Place, node: YamlMapping): void {
  for (const name of ['transform', 'transformVars', 'postprocess']) {
    at.call(child(node, name), 'transform');
  }
  grader(at, node);
}

function assertion(at: Place, node: YamlMapping): void {
  at.call(child(node, 'transform'), 'transform');
  at.call(child(node, 'contextTransform'), 'transform');
  grader(at, node);
  at.mappings(child(node, 'assert'), 'assertion', assertion);
  const value = child(node, 'value');
  if (isCode(node, value)) {
    at.stay(
      value,
      'assertion',
      'Code in the configuration runs on its own. To run it on the pool, make it a function of a script.',
    );
  } else {
    at.call(value, 'assertion');
  }
}

function isCode(node: YamlMapping, value: YamlNode | undefined): value is YamlScalar {
  const type = textOf(child(node, 'type')) ?? '';
  return (
    ['python', 'not-python'].includes(type) &&
    value?.kind === 'scalar' &&
    value.value.trim() !== '' &&
    !/^(file:\/\/|package:)/.test(value.value)
  );
}

function grader(at: Place, node: YamlMapping): void {
  const [key, value] = entriesOf(node).find(([name]) => textOf(name) === 'provider') ?? [];
  provider(at, value, { isFlow: node.isFlow, key });
}

/** Variables: a file with them, or a mapping. */
function variables(at: Place, node: YamlNode | undefined): void {
  if (node?.kind === 'mapping') {
    for (const [, value] of entriesOf(node)) {
      variable(at, value);
    }
  } else {
    at.each(node, 'variables', (place, item) => {
      if (item.kind === 'mapping') {
        variables(place, item);
      } else if (item.kind === 'scalar' && /\.(ya?ml|json)$/.test(item.value)) {
        place.follow(item, path.dirname(place.source.path), 'variables', variables);
      }
    });
  }
}

/** The value of a variable, or several of them. What is deeper is data. */
function variable(at: Place, node: YamlNode): void {
  for (const scalar of scalarsIn([node])) {
    at.search.listing.see(scalar);
  }
  for (const value of node.kind === 'list' ? node.items : [node]) {
    at.call(value, 'variable', { name: 'refused' });
  }
}

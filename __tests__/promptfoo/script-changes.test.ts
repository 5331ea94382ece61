/** A script that changes between two calls of its provider. */

import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { providerRegistry } from '../..';
import {
  ECHO_PROVIDER,
  type EchoResponse,
  eventually,
  fixture,
  gate,
  isAlive,
  newProvider,
  rejection,
} from '../support';

describe('a script that has changed', () => {
  const version = (name: string) =>
    `import sys; sys.path.insert(0, ${JSON.stringify(path.dirname(fixture('waits_at_gate.py')))})
from waits_at_gate import wait
def call_api(prompt, options, context):
    return {"output": wait(prompt, "${name}") if prompt else "${name}"}
`;

  it('is loaded before the next call, and running calls of the old one finish', async () => {
    const { provider, script } = newProvider(version('old'), { workers: 2 });
    const door = gate();
    const running = provider.callApi(door.path);
    const [pid] = await door.reached();
    writeFileSync(script, version('new'));
    const calls = await Promise.all([provider.callApi(''), provider.callApi('')]);
    expect(calls.map(({ output }) => output)).toEqual(['new', 'new']);
    expect(isAlive(pid)).toBe(true);
    door.open();
    expect(await running).toMatchObject({ output: 'old' });
    await eventually('the end of the old worker', () => !isAlive(pid));
    expect(await provider.callApi('')).toMatchObject({ output: 'new' });
  });

  it('is loaded even if neither its length nor its modification time has changed', async () => {
    const { provider, script } = newProvider(version('v0'));
    for (let number = 1; number < 4; number++) {
      writeFileSync(script, version(`v${number}`));
      expect(await provider.callApi('')).toMatchObject({ output: `v${number}` });
    }
  });

  it('only in its modification time keeps its workers', async () => {
    const { provider, script } = newProvider(ECHO_PROVIDER);
    const { pid } = (await provider.callApi('')) as EchoResponse;
    writeFileSync(script, readFileSync(script));
    expect(await provider.callApi('')).toMatchObject({ pid });
  });

  it('to one that cannot be imported fails the calls until it is fixed', async () => {
    const { provider, script } = newProvider(version('old'));
    await provider.callApi('');
    writeFileSync(script, 'def call_api(:');
    expect(await rejection(provider.callApi(''))).toMatchObject({ code: 'ERR_PYTHON_LOAD' });
    writeFileSync(script, version('new'));
    expect(await provider.callApi('')).toMatchObject({ output: 'new' });
  });

  it('at every import is used all the same, with a warning', async () => {
    const warnings: string[] = [];
    const { provider } = newProvider(
      'open(__file__, "a").write("#")\ndef call_api(*a): return {"output": 1}\n',
    );
    const logger = { warn: (message: string) => warnings.push(message) };
    expect(await provider.callApi('', { logger })).toMatchObject({ output: 1 });
    expect(warnings).toEqual([expect.stringContaining('keeps changing')]);
  });

  it('to a broken one keeps its provider in the registry while the old one works', async () => {
    const { provider, script } = newProvider(version('old'));
    const door = gate();
    const running = rejection(provider.callApi(door.path));
    const [pid] = await door.reached();
    writeFileSync(script, 'def call_api(:');
    await rejection(provider.callApi(''));
    expect(providerRegistry.providers.has(provider)).toBe(true);
    await providerRegistry.shutdownAll();
    expect(isAlive(pid)).toBe(false);
    expect(await running).toMatchObject({ code: 'ERR_POOL_CLOSED' });
    expect(providerRegistry.providers.has(provider)).toBe(false);
  });

  it('leaves no old workers behind at shutdown', async () => {
    const { provider, script } = newProvider(version('old'));
    const door = gate();
    const running = rejection(provider.callApi(door.path));
    const [pid] = await door.reached();
    writeFileSync(script, version('new'));
    await provider.callApi('');
    await provider.shutdown();
    expect(isAlive(pid)).toBe(false);
    expect(await running).toMatchObject({ code: 'ERR_POOL_CLOSED' });
  });
});

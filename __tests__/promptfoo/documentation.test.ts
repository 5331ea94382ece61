/** The samples of docs/promptfoo.md and its reference work as the pages say. */

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import * as yaml from 'js-yaml';
import {
  type CallApiContext,
  PythonProvider,
  type PythonProviderOptions,
  PythonWorkerPool,
} from '../..';
import {
  eventually,
  newProvider,
  onUnix,
  projectFolder,
  ROOT,
  Samples,
  thrown,
  withPool,
  writeScript,
} from '../support';

const PAGE = 'docs/promptfoo.md';
const samples = new Samples(PAGE, 'docs/promptfoo-reference.md');
const NAME = 'package:python-worker-pool:PythonProvider';

describe('the configurations', () => {
  const sources = [...samples.in('yaml'), ...new Samples('README.md').in('yaml')];
  const providers = sources.flatMap(providersOf);

  it('construct a provider', () => {
    expect(providers.length).toBeGreaterThan(5);
    for (const { config, ...options } of providers) {
      const provider = new PythonProvider({ ...options, config: { ...config, basePath: ROOT } });
      expect(provider.id()).toBe(
        options.id === NAME ? `python:${config?.script}:default` : options.id,
      );
      expect(provider.config.script).toMatch(/\.py$/);
    }
  });

  it('have only options that the pool knows', () => {
    for (const { config } of providers) {
      const pool = new PythonWorkerPool('script.py', 'call_api', config?.pool);
      expect(pool.getWorkerCount()).toBe(0);
    }
  });

  it('may have exactly the pool options that the page lists', () => {
    const page = readFileSync(path.join(ROOT, PAGE), 'utf8');
    const listed = /^`pool` takes ([^.]+)\./m.exec(page)?.[1].match(/\w+(?=`)/g);
    const { message } = thrown(() => new PythonWorkerPool('a.py', 'f', { unknown: 1 } as object));
    const known = /The options are (.+)\./.exec(message)?.[1].split(', ');
    // These have separate keys in the configuration, or are set by the provider.
    const others = new Set(['workers', 'timeout', 'pythonPath', 'logger']);
    expect(listed).toEqual(known?.filter((name) => !others.has(name)));
  });
});

describe('the scripts', () => {
  it('compile', async () => {
    const script = writeScript('def check(source):\n    compile(source, "sample.py", "exec")\n');
    const sources = samples.in('python');
    expect(sources.length).toBeGreaterThan(8);
    await withPool(script, {}, async (pool) => {
      for (const source of sources) {
        await pool.execute('check', [source]);
      }
    });
  });

  it('return what promptfoo accepts', async () => {
    const source = samples.find('python', 'def call_embedding_api');
    const { provider } = newProvider(source, { temperature: 0.2 });
    expect(await provider.callApi('Hello', { vars: { topic: 'cats' } })).toEqual({
      output: 'cats at 0.2: Hello',
      tokenUsage: { total: 12, prompt: 8, completion: 4, numRequests: 1 },
      cost: 0.0001,
      metadata: { model: 'none' },
      cached: false,
    });
    expect(await provider.callEmbeddingApi('Hello')).toMatchObject({ embedding: [0.1, 0.2, 0.3] });
    expect(await provider.callClassificationApi('Hello')).toEqual({
      classification: { harmless: 0.9, harmful: 0.1 },
    });
  });

  it('load a model once in each worker', async () => {
    const { provider } = newProvider(samples.find('python', 'lru_cache'), { model: 'large ' });
    const printed: string[] = [];
    const context: CallApiContext = { logger: { debug: (line) => printed.push(line) } };
    for (const prompt of ['a', 'b']) {
      expect(await provider.callApi(prompt, context)).toMatchObject({ output: `LARGE ${prompt}` });
    }
    expect(printed.filter((line) => line.includes('loading'))).toHaveLength(1);
  });

  onUnix.it('start each call with the state of the import', async () => {
    const { provider } = newProvider(samples.find('python', 'get_context("fork")'));
    expect(await provider.callApi('a')).toMatchObject({ output: 'a (1)' });
    expect(await provider.callApi('b')).toMatchObject({ output: 'b (1)' });
  });

  it('use a connection for all calls', async () => {
    let connections = 0;
    const server = net.createServer((socket) => {
      connections += 1;
      socket.pipe(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as net.AddressInfo;
    const config = { host: '127.0.0.1', port };
    const { provider } = newProvider(samples.find('python', 'open_connection'), config);
    try {
      for (const prompt of ['first', 'second']) {
        expect(await provider.callApi(prompt)).toMatchObject({ output: prompt });
      }
      expect(connections).toBe(1);
    } finally {
      await provider.shutdown();
      server.close();
    }
  });

  it('say where they are', async () => {
    const source = samples
      .find('python', 'dump_traceback_later')
      .replace('dump_traceback_later(100,', 'dump_traceback_later(0.01,');
    const { provider } = newProvider(source);
    const warnings: string[] = [];
    await provider.callApi('a', { logger: { warn: (line) => warnings.push(line) } });
    await eventually('the stack in the log', () =>
      warnings.some((line) => /provider\.py", line \d+ in call_api/.test(line)),
    );
  });

  it('wait for a debugger', async () => {
    const port = await freePort();
    const source = samples.find('python', 'remote_pdb').replaceAll('4444', String(port));
    const { provider } = newProvider(source, { timeout: Number.POSITIVE_INFINITY });
    for (const prompt of ['three short words', 'once more']) {
      const result = provider.callApi(prompt);
      const commands = ['next', 'print(len(words))', 'continue'];
      expect(await debug(port, commands, result)).toMatch(/\n\(Pdb\) [23]\n\(Pdb\) $/);
      expect(await result).toMatchObject({ output: prompt.split(' ').length });
    }
  });
});

describe('the functions', () => {
  const checks = samples.find('python', 'def is_polite');
  const polite = { pass: true, score: 1, reason: 'looked for a please' };

  it.each([
    ['checks.cjs', samples.find('js', "functions('checks.py', __dirname)")],
    ['checks.mjs', samples.find('js', "functions('checks.py', import.meta.dirname)")],
  ])('are called through %s', async (name, source) => {
    const program = `
      const { default: checks } = await import('./${name}');
      console.log(JSON.stringify([await checks.is_polite('Yes, please', {}), await checks('Bye', {})]));`;
    const files = { 'checks.py': checks, [name]: source };
    expect(JSON.parse(await runModule(program, files))).toEqual([polite, true]);
  });

  it('are called as the package’s assertion', async () => {
    const source = samples.find('yaml', 'pythonAssert');
    const [assertion] = (yaml.load(source) as Configuration).defaultTest?.assert ?? [];
    const program = `
      import * as root from 'python-worker-pool';
      const [, name, value] = '${assertion.value}'.split(':');
      const context = { config: ${JSON.stringify(assertion.config)} };
      console.log(name, JSON.stringify(await root[value]('Yes, please', context)));`;
    const printed = await runModule(program, { 'checks.py': checks });
    expect(printed).toBe(`python-worker-pool ${JSON.stringify(polite)}\n`);
  });

  it('are called by default as the table says', () => {
    const page = readFileSync(path.join(ROOT, PAGE), 'utf8');
    const table = /^\| where \| the reference may be.*?\n\n/ms.exec(page)?.[0] ?? '';
    const defaults = [...table.matchAll(/`(\w+)` \|$/gm)].map(([, name]) => name);
    const source = readFileSync(path.join(ROOT, 'ts/promptfoo/entry-points.ts'), 'utf8');
    const known = [...source.matchAll(/'(get_\w+|func|generate_tests)'/g)].map(([, name]) => name);
    expect(new Set(defaults)).toEqual(new Set(known));
  });
});

describe('the programs', () => {
  it('call a function', async () => {
    const files = { 'summarize.py': samples.in('python').at(-1) ?? '' };
    expect(await runModule(samples.find('js', "execute('summarize'"), files)).toBe('5\n');
  });

  it('call a provider', async () => {
    const files = {
      'provider.py': 'def call_api(prompt, options, context):\n    return {"output": prompt}\n',
    };
    expect(await runModule(samples.find('js', 'timeout: 10_000'), files)).toBe('Hello\n');
  });

  it('call one function', async () => {
    const files = { 'checks.py': 'def get_score(output, context):\n    return len(output) / 10\n' };
    expect(await runModule(samples.find('js', 'AbortSignal.timeout'), files)).toBe('0.5\n');
  });

  it('end all providers', async () => {
    expect(await runModule(samples.find('js', 'shutdownAll'))).toBe('');
  });
});

interface Configuration {
  providers: (PythonProviderOptions | { [NAME]: PythonProviderOptions })[];
  defaultTest?: { options?: { provider: PythonProviderOptions }; assert?: Assertion[] };
}

interface Assertion {
  value: string;
  config: Record<string, unknown>;
}

/** The providers of this package in a configuration, with the options that promptfoo derives. */
function providersOf(source: string): PythonProviderOptions[] {
  const { providers, defaultTest } = yaml.load(source) as Configuration;
  return [...providers, ...(defaultTest?.options ? [defaultTest.options.provider] : [])]
    .map((entry) => (NAME in entry ? (entry[NAME] as PythonProviderOptions) : entry))
    .filter(({ config }) => config?.script);
}

/** The output of a debugger that gets these commands one by one, until the call has its result. */
async function debug(port: number, commands: string[], call: Promise<unknown>): Promise<string> {
  const socket = await eventually('the debugger listens', () => connect(port));
  let printed = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
    const command = printed.endsWith('(Pdb) ') && commands.shift();
    if (command) {
      socket.write(`${command}\n`);
    }
  });
  await call;
  socket.destroy();
  return printed;
}

function connect(port: number): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1', () => resolve(socket));
    socket.once('error', reject);
  });
}

async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Runs a module in a project that has this package, and returns what it prints. */
async function runModule(source: string, files: Record<string, string> = {}): Promise<string> {
  const folder = projectFolder({ ...files, 'main.mjs': source });
  const { stdout } = await promisify(execFile)(process.execPath, ['main.mjs'], { cwd: folder });
  return stdout;
}

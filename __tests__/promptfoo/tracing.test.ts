/** Spans of calls, as a collector receives them; python/tests covers the worker's side. */

import { existsSync } from 'node:fs';
import path from 'node:path';
import { PythonProvider, type PythonWorkerPool, type PythonWorkerPoolOptions } from '../..';
import {
  captureLogger,
  collector,
  eventually,
  fixture,
  installOpenTelemetry,
  newPool,
  rejection,
  type Span,
  serve,
  shutdownAtEnd,
  tempFolder,
  thrown,
  withEnvironment,
  withPool,
  writeScript,
} from '../support';

const PYTHON =
  process.env.PROMPTFOO_PYTHON ?? (process.platform === 'win32' ? 'python' : 'python3');
const { folder: PACKAGES, reason } = installOpenTelemetry(PYTHON);
const traced = reason ? it.skip : it;
if (reason) {
  it.skip(`what needs OpenTelemetry (skipped: ${reason})`, () => {});
}

const SCRIPT = fixture('makes_spans.py');
const TRACE = '0af7651916cd43dd8448eb211c80319c';
const CALLER = 'b7ad6b7169203331';
const TRACEPARENT = `00-${TRACE}-${CALLER}-01`;

/** The environment of workers with OpenTelemetry, without the settings of this machine. */
function environment(endpoint?: string): Record<string, string> {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(OTEL|PROMPTFOO_ENABLE)_/.test(name),
  );
  return {
    ...(Object.fromEntries(own) as Record<string, string>),
    NO_PROXY: '*',
    ...(PACKAGES && { PYTHONPATH: PACKAGES }),
    ...(endpoint && { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }),
  };
}

/** The options of a pool whose workers have OpenTelemetry. */
const workers = (endpoint?: string) => ({ pythonPath: PYTHON, env: environment(endpoint) });

/** An initialized pool whose calls are traced. */
async function tracedPool(
  endpoint: string,
  options: PythonWorkerPoolOptions = {},
  script = SCRIPT,
): Promise<PythonWorkerPool> {
  const pool = newPool(script, { ...workers(endpoint), tracing: true, ...options });
  await pool.initialize();
  return pool;
}

/** The arguments that promptfoo passes to a function. */
const args = (prompt = 'hi', context: object = { traceparent: TRACEPARENT }) => [
  prompt,
  { id: 'python:a.py', config: { model: 'm-1', temperature: 0.5 } },
  context,
];

/** The span of a call of `name`, and the spans that the function made. */
async function spansOf(name: string, count = 1, outcome = (call: Promise<unknown>) => call) {
  const { endpoint, received } = await collector(workers());
  const pool = await tracedPool(endpoint);
  const value = await outcome(pool.execute(name, args()));
  const all = await received(count);
  const span = all.find((one) => one.name === `python ${name}`);
  expect(all).toHaveLength(count);
  return { value, span: span as Span, others: all.filter((one) => one !== span) };
}

describe('a call with a traceparent', () => {
  traced('is a child span of its caller’s, with the attributes of promptfoo', async () => {
    const { endpoint, received } = await collector(workers());
    const pool = await tracedPool(endpoint);
    const context = {
      traceparent: TRACEPARENT,
      tracestate: 'vendor=1',
      evaluationId: 'eval-1',
      testCaseId: 'test-1',
      testIdx: 2,
    };
    expect(await pool.execute('call_api', args('hi', context))).toMatchObject({ output: 'HI' });
    const [span] = await received(1);
    expect(span).toMatchObject({
      tracer: 'promptfoo.python.provider',
      name: 'python call_api',
      kind: 'SPAN_KIND_CLIENT',
      traceId: TRACE,
      parentId: CALLER,
      state: 'vendor=1',
      status: 'STATUS_CODE_OK',
      events: [],
    });
    expect(span.attributes).toStrictEqual({
      'promptfoo.provider.type': 'python',
      'promptfoo.provider.function': 'call_api',
      'promptfoo.provider.id': 'python:a.py',
      'promptfoo.provider.model': 'm-1',
      'promptfoo.request.body': 'hi',
      'promptfoo.eval.id': 'eval-1',
      'promptfoo.test.id': 'test-1',
      'promptfoo.test.index': 2,
      'promptfoo.response.body': 'HI',
      'promptfoo.cache_hit': false,
      'promptfoo.usage.total_tokens': 7,
      'gen_ai.operation.name': 'chat',
      'gen_ai.request.model': 'm-1',
      'gen_ai.request.temperature': 0.5,
      'gen_ai.usage.input_tokens': 3,
      'gen_ai.usage.output_tokens': 4,
    });
  });

  traced('covers the waits of an async function, and is the parent of its spans', async () => {
    const { value, span, others } = await spansOf('asynchronous', 2);
    expect(value).toStrictEqual({ output: 'later' });
    expect(span).toMatchObject({ parentId: CALLER, status: 'STATUS_CODE_OK' });
    expect(others).toMatchObject([
      { tracer: 'user', name: "user's own", traceId: TRACE, parentId: span.spanId },
    ]);
    const [own] = others;
    expect(BigInt(own.start)).toBeGreaterThanOrEqual(BigInt(span.start));
    expect(BigInt(own.end)).toBeLessThanOrEqual(BigInt(span.end));
  });

  traced('is the current span in the function', async () => {
    const { span, others } = await spansOf('nested', 2);
    expect(others).toMatchObject([{ tracer: 'user', traceId: TRACE, parentId: span.spanId }]);
  });

  traced('has its own span each time, and leaves none behind', async () => {
    const { endpoint, received } = await collector(workers());
    const pool = await tracedPool(endpoint, { workers: 2 });
    const calls = Array.from({ length: 100 }, () => pool.execute('current', args()));
    const current = await Promise.all(calls);
    const spans = await received(100);
    expect(spans.map(({ spanId }) => spanId).sort()).toStrictEqual(current.sort());
    expect(new Set(spans.map(({ parentId }) => parentId))).toStrictEqual(new Set([CALLER]));
    expect(await pool.execute('current', [])).toBeNull();
  });

  traced('has no span if the caller is not sampled', async () => {
    const { endpoint, received } = await collector(workers());
    const pool = await tracedPool(endpoint);
    const unsampled = { traceparent: TRACEPARENT.replace(/01$/, '00') };
    await pool.execute('nested', args('unsampled', unsampled));
    await pool.execute('call_api', args('sampled'));
    const spans = await received(1);
    expect(spans.map(({ attributes }) => attributes['promptfoo.request.body'])).toStrictEqual([
      'sampled',
    ]);
  });
});

describe('a call that fails', () => {
  traced.each(['failing', 'failing_later'])('%s has the exception in its span', async (name) => {
    const { value, span } = await spansOf(name, 1, rejection);
    expect(value).toMatchObject({ code: 'ERR_PYTHON_EXCEPTION', pythonMessage: 'no hi' });
    expect(span).toMatchObject({
      status: 'STATUS_CODE_ERROR',
      message: 'no hi',
      attributes: { 'error.type': 'ValueError' },
      events: [{ name: 'exception' }],
    });
    const [{ attributes }] = span.events;
    expect(attributes).toMatchObject({
      'exception.type': 'ValueError',
      'exception.message': 'no hi',
    });
    // The traceback of the error, which starts in the script.
    expect(attributes['exception.stacktrace']).toBe((value as { traceback: string }).traceback);
    expect(attributes['exception.stacktrace']).not.toContain('_python_worker_pool');
  });

  traced('by an error in its result has that error in its span', async () => {
    const { span } = await spansOf('refused');
    expect(span).toMatchObject({
      status: 'STATUS_CODE_ERROR',
      message: 'rate limit',
      attributes: { 'error.type': 'provider_error' },
      events: [],
    });
  });

  traced('by sys.exit has SystemExit in its span', async () => {
    const { span } = await spansOf('leaving', 1, rejection);
    expect(span).toMatchObject({
      status: 'STATUS_CODE_ERROR',
      message: '3',
      attributes: { 'error.type': 'SystemExit' },
    });
  });

  traced('and a text with a lone surrogate has its span, too', async () => {
    const { span } = await spansOf('odd_text');
    expect(span.attributes['promptfoo.response.body']).toBe('a?b');
  });
});

describe('a call in a batch', () => {
  traced('has a span of its own, under its own caller and with its own outcome', async () => {
    const { endpoint, received } = await collector(workers());
    const pool = await tracedPool(endpoint, { batch: { batched: { max: 3, wait: 600_000 } } });
    const callers = ['1', '2', '3'].map((digit) => CALLER.replace(/^./, digit));
    const calls = ['good', 'bad', 'fine'].map((prompt, index) => {
      const traceparent = `00-${TRACE}-${callers[index]}-01`;
      return pool.execute('batched', args(prompt, { traceparent }));
    });
    expect((await rejection(calls[1])).pythonMessage).toBe('no bad');
    expect(await Promise.all([calls[0], calls[2]])).toEqual([
      { output: 'GOOD' },
      { output: 'FINE' },
    ]);
    const spans = await received(3);
    const found = callers.map((caller) => spans.find(({ parentId }) => parentId === caller));
    expect(found).toMatchObject([
      { status: 'STATUS_CODE_OK', attributes: { 'promptfoo.request.body': 'good' } },
      {
        status: 'STATUS_CODE_ERROR',
        message: 'no bad',
        attributes: { 'error.type': 'ValueError' },
      },
      { status: 'STATUS_CODE_OK', attributes: { 'promptfoo.response.body': 'FINE' } },
    ]);
    expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(3);
  });
});

describe('tracing that fails', () => {
  traced('for a result that cannot be inspected gives one warning, and the result', async () => {
    const { endpoint, received } = await collector(workers());
    const { logger, messages } = captureLogger();
    const pool = await tracedPool(endpoint, { logger });
    for (const _ of [1, 2]) {
      expect(await pool.execute('hostile', args())).toStrictEqual({ output: 'fine' });
    }
    expect(await received(2)).toMatchObject([{ parentId: CALLER }, { parentId: CALLER }]);
    expect(messages('warn')).toStrictEqual([
      'A span may be lost: makes_spans.Mute: <exception str() failed>',
    ]);
  });
});

describe('a call without a traceparent', () => {
  const parents: [string, unknown[]][] = [
    ['no context', ['hi']],
    ['a context that is not an object', ['hi', {}, 'context']],
    ['no traceparent', args('hi', {})],
    ['an invalid traceparent', args('hi', { traceparent: '00-abc-def-01' })],
    ['a traceparent that is not a string', args('hi', { traceparent: 5 })],
  ];

  traced('has no span, as in promptfoo', async () => {
    const { endpoint, received } = await collector(workers());
    const pool = await tracedPool(endpoint);
    for (const [, callArgs] of parents) {
      expect(await pool.execute('current', callArgs)).toBeNull();
    }
    await pool.execute('call_api', args());
    expect(await received(1)).toMatchObject([{ name: 'python call_api' }]);
  });

  traced('is a root span if the script has set up OpenTelemetry', async () => {
    const pool = await tracedPool('http://127.0.0.1:1', {}, writeScript(OWN_PROVIDER));
    for (const [, callArgs] of parents) {
      await pool.execute('call', callArgs);
    }
    await pool.execute('call', args());
    expect(await pool.execute('finished')).toStrictEqual([
      ...parents.map(() => ['python call', null]),
      ['python call', CALLER],
    ]);
  });
});

const OWN_PROVIDER = `
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

memory = InMemorySpanExporter()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(memory))
trace.set_tracer_provider(provider)

def call(*args):
    assert trace.get_current_span().is_recording()

def finished():
    return [(span.name, span.parent and f"{span.parent.span_id:016x}")
        for span in memory.get_finished_spans()]
`;

describe('tracing is switched on and off by', () => {
  const tracing = async (options: PythonWorkerPoolOptions, variable?: string) => {
    const env = { ...environment('http://127.0.0.1:1'), PROMPTFOO_ENABLE_OTEL: variable };
    return withPool(SCRIPT, { pythonPath: PYTHON, env, ...options }, async (pool) =>
      Boolean(await pool.execute('current', args())),
    );
  };

  traced('the environment, unless the option is set', async () => {
    expect(await tracing({})).toBe(false);
    expect(await tracing({}, 'true')).toBe(true);
    expect(await tracing({}, 'no')).toBe(false);
    expect(await tracing({ tracing: false }, 'true')).toBe(false);
    expect(await tracing({ tracing: true }, 'no')).toBe(true);
  });

  traced('the environment of Node.js by default', async () => {
    const { endpoint, received } = await collector(workers());
    const changes = { ...environment(endpoint), PROMPTFOO_ENABLE_OTEL: '1' };
    await withEnvironment(changes, () =>
      withPool(SCRIPT, { pythonPath: PYTHON }, (pool) => pool.execute('call_api', args())),
    );
    expect(await received(1)).toMatchObject([{ parentId: CALLER }]);
  });

  traced('the configuration of a provider', async () => {
    const { endpoint, received } = await collector(workers());
    const provider = shutdownAtEnd(
      new PythonProvider({
        config: {
          script: SCRIPT,
          workers: 1,
          pythonExecutable: PYTHON,
          tracing: 'true', // as `{{ env.X }}` becomes
          model: 'm-2',
          pool: { env: environment(endpoint), logger: {} },
        },
      }),
    );
    const context = { traceparent: TRACEPARENT, evaluationId: 'eval-2', vars: {} };
    expect(await provider.callApi('hi', context)).toMatchObject({ output: 'HI' });
    const [span] = await received(1);
    expect(span).toMatchObject({
      parentId: CALLER,
      attributes: {
        'promptfoo.provider.id': provider.id(),
        'promptfoo.provider.model': 'm-2',
        'promptfoo.eval.id': 'eval-2',
      },
    });
  });

  it('nothing but true and false', () => {
    const options = { tracing: 'yes' } as object;
    expect(thrown(() => newPool(SCRIPT, options))).toMatchObject({
      code: 'ERR_INVALID_ARGUMENT',
      message: 'Invalid tracing: "yes". Must be true or false.',
    });
    const config = { script: SCRIPT, ...options };
    expect(thrown(() => new PythonProvider({ config })).message).toBe(
      'PythonProvider: `config.tracing` must be true or false: yes',
    );
  });
});

describe('without OpenTelemetry', () => {
  it('there is one warning for all workers, and no failure', async () => {
    const folder = tempFolder();
    writeScript(
      'raise ImportError("No module named \'opentelemetry\'")',
      'opentelemetry.py',
      folder,
    );
    const script = writeScript('def call_api(*args): return args[0]', 'provider.py', folder);
    const { logger, messages } = captureLogger();
    await withPool(script, { workers: 3, tracing: true, logger }, async (pool) => {
      expect(await pool.execute('call_api', args())).toBe('hi');
    });
    expect(messages('warn')).toStrictEqual([
      expect.stringMatching(
        /^Calls are not traced: No module named 'opentelemetry'\. Install OpenTelemetry with `.*python.* -m pip install /,
      ),
    ]);
    expect(messages('error')).toStrictEqual([]);
  });
});

describe('the end of a worker', () => {
  traced('sends the remaining spans', async () => {
    const { endpoint, spans } = await collector(workers());
    const env = { ...environment(endpoint), OTEL_BSP_SCHEDULE_DELAY: '600000' };
    const pool = await tracedPool(endpoint, { env });
    await pool.execute('call_api', args());
    expect(await spans()).toStrictEqual([]);
    await pool.shutdown();
    expect(await spans()).toMatchObject([{ name: 'python call_api' }]);
  });

  traced('by a timeout leaves the span of the call', async () => {
    const { endpoint, received } = await collector(workers());
    const script = writeScript(
      'import time\ndef sleep(*args): time.sleep(600)\ndef pid(): import os; return os.getpid()',
    );
    const pool = await tracedPool(endpoint, {}, script);
    expect(await rejection(pool.execute('sleep', args(), { timeout: 200 }))).toMatchObject({
      code: 'ERR_CALL_TIMEOUT',
    });
    expect(await received(1)).toMatchObject([
      { status: 'STATUS_CODE_ERROR', attributes: { 'error.type': 'KeyboardInterrupt' } },
    ]);
  });
});

describe('a collector', () => {
  /** Many calls, then an orderly end: the `atexit` hook does not run in a killed worker. */
  async function worksAsUsual(endpoint: string, between: () => unknown) {
    const file = path.join(tempFolder(), 'ended');
    const { logger, messages } = captureLogger();
    const pool = await tracedPool(endpoint, { logger });
    await pool.execute('write_at_exit', [file]);
    await pool.execute('call_api', args());
    await between();
    const calls = Array.from({ length: 50 }, () => pool.execute('call_api', args()));
    for (const result of await Promise.all(calls)) {
      expect(result).toMatchObject({ output: 'HI' });
    }
    await pool.shutdown();
    expect(existsSync(file)).toBe(true);
    expect(messages().filter((message) => message.includes('Traceback'))).toStrictEqual([]);
  }

  traced('that does not exist fails no call', async () => {
    await worksAsUsual('http://127.0.0.1:1', () => {});
  });

  traced('that never answers delays no call', async () => {
    let requests = 0;
    const endpoint = await serve(() => {
      requests += 1;
    });
    await worksAsUsual(endpoint, () => eventually('a request that hangs', () => requests > 0));
  });

  traced('that refuses fails no call', async () => {
    let requests = 0;
    const endpoint = await serve((_, response) => {
      requests += 1;
      response.writeHead(503).end();
    });
    await worksAsUsual(endpoint, () => eventually('a refusal', () => requests > 0));
  });
});

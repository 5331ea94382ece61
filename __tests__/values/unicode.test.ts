import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { PythonWorkerPool, PythonWorkerPoolOptions } from '../..';
import {
  captureLogger,
  eventually,
  fixture,
  onUnix,
  rejection,
  tempFolder,
  withEnvironment,
  withPool,
} from '../support';

const SCRIPT = fixture('handles_unicode.py');
const TEXTS = {
  emoji: '😀 👨‍👩‍👧‍👦 🇨🇭',
  CJK: '中文 日本語 한국어',
  accents: 'é ü ñ ø',
  'accents as separate characters': 'e\u0301 u\u0308',
  'right to left': 'שלום مرحبا \u202b\u202c',
  'mathematical, beyond 16 bits': '𝒳𝓎',
};
const ALL = Object.values(TEXTS).join(' | ');

/** Environments that other programs fail in: text must stay the same in each of them. */
const LOCALES: Record<string, Record<string, string>> = {
  'the environment as it is': {},
  'LC_ALL=C': { LC_ALL: 'C' },
  'LANG=C': { LC_ALL: '', LC_CTYPE: '', LANG: 'C' },
  'LC_ALL=POSIX and no UTF-8 mode': { LC_ALL: 'POSIX', PYTHONUTF8: '0', PYTHONCOERCECLOCALE: '0' },
  'a locale that does not exist': { LC_ALL: 'xx_YY.no-such-encoding' },
  'PYTHONIOENCODING=ascii': { PYTHONIOENCODING: 'ascii' },
  'PYTHONIOENCODING=latin-1:strict and LC_ALL=C': {
    PYTHONIOENCODING: 'latin-1:strict',
    LC_ALL: 'C',
  },
  'PYTHONIOENCODING=utf-16': { PYTHONIOENCODING: 'utf-16' },
};

/** A pool whose workers get an environment with these changes. */
function withLocale<T>(
  changes: Record<string, string>,
  options: PythonWorkerPoolOptions,
  body: (pool: PythonWorkerPool) => Promise<T>,
  script = SCRIPT,
): Promise<T> {
  return withEnvironment(changes, () => withPool(script, options, body));
}

describe.each(Object.entries(LOCALES))('with %s', (_, changes) => {
  it('arguments and results do not change', async () => {
    await withLocale(changes, {}, async (pool) => {
      expect(await pool.execute('echo', [{ [ALL]: [ALL] }])).toEqual({ [ALL]: [ALL] });
      const codePoints = Array.from(ALL, (character) => character.codePointAt(0));
      expect(await pool.execute('code_points', [ALL])).toEqual(codePoints);
    });
  });

  it('errors have the text that was raised', async () => {
    await withLocale(changes, {}, async (pool) => {
      const error = await rejection(pool.execute('fail', [ALL]));
      expect(error).toMatchObject({ code: 'ERR_PYTHON_EXCEPTION', pythonMessage: ALL });
      expect(error.message.startsWith(`Python error: ValueError: ${ALL}\n`)).toBe(true);
      expect(error.traceback).toContain(`ValueError: ${ALL}`);
    });
  });

  it('printed and logged lines keep their text', async () => {
    const { logger, lines } = captureLogger();
    await withLocale(changes, { logger }, (pool) => pool.execute('say', [ALL]));
    const about = { message: ALL, worker: 0 };
    expect(lines).toContainEqual(
      expect.objectContaining({ ...about, level: 'info', stream: 'stdout' }),
    );
    expect(lines).toContainEqual(
      expect.objectContaining({ ...about, level: 'warn', stream: 'stderr' }),
    );
    expect(lines).toContainEqual(
      expect.objectContaining({ ...about, level: 'error', logger: 'журнал.中文' }),
    );
  });

  it('functions are found by their names', async () => {
    await withLocale(changes, {}, async (pool) => {
      expect(await pool.execute('grüße', ['Zoë'])).toBe('Grüße, Zoë');
      expect(await pool.execute('加算', [2, 3])).toBe(5);
      expect(await pool.execute('مرحبا.שלום')).toBe('שלום');
      const error = await rejection(pool.execute('grüsse😀'));
      expect(error.code).toBe('ERR_FUNCTION_NOT_FOUND');
      expect(error.message).toContain("Function 'grüsse😀' not found in module 'handles_unicode'");
      expect(error.available).toContain('grüße');
    });
  });

  it('scripts are found in odd folders under odd names', async () => {
    const name = 'провайдер 中文 é 😀';
    const folder = path.join(tempFolder(), `папка ${name}`);
    mkdirSync(folder);
    const script = path.join(folder, `${name}.py`);
    copyFileSync(SCRIPT, script);
    const body = async (pool: PythonWorkerPool) => {
      expect(await pool.execute('grüße', ['Zoë'])).toBe('Grüße, Zoë');
      const error = await rejection(pool.execute('fail', ['x']));
      expect(error.traceback).toMatch(/line \d+, in fail/);
      const missing = await rejection(pool.execute('missing'));
      expect(missing.message).toContain("Function 'missing' not found in module '");
    };
    await withLocale(changes, {}, body, script);
  });
});

describe('with Python in its UTF-8 mode, the default', () => {
  const changes = { PYTHONIOENCODING: 'ascii', LC_ALL: 'C' };

  it('files have the names and the text they were given', async () => {
    const folder = tempFolder();
    await withLocale(changes, {}, async (pool) => {
      for (const [index, text] of Object.values(TEXTS).entries()) {
        const name = `${index} ${text.replaceAll('|', '')}.txt`;
        expect(await pool.execute('write_and_read', [folder, name, text])).toEqual([text, true]);
        expect(existsSync(path.join(folder, name))).toBe(true);
        expect(readFileSync(path.join(folder, name), 'utf8')).toBe(text);
      }
    });
  });

  it('open() reads UTF-8 although the locale says ASCII', async () => {
    const file = path.join(tempFolder(), 'data.txt');
    writeFileSync(file, ALL);
    await withLocale(changes, {}, async (pool) => {
      expect(await pool.execute('read_without_encoding', [file])).toBe(ALL);
    });
  });

  it('the script knows its own path', async () => {
    const script = path.join(tempFolder(), 'скрипт 😀.py');
    copyFileSync(SCRIPT, script);
    const body = async (pool: PythonWorkerPool) => {
      expect(await pool.execute('own_path')).toBe(script);
      expect(await pool.execute('argv')).toEqual([script]);
    };
    await withLocale(changes, {}, body, script);
  });

  it('the streams are UTF-8 whatever PYTHONIOENCODING says', async () => {
    await withLocale(changes, {}, async (pool) => {
      expect(await pool.execute('encodings')).toEqual(['utf-8', 'utf-8', 'utf-8']);
    });
  });
});

describe('invalid text', () => {
  it('is printed with escapes, not refused', async () => {
    const { logger, messages } = captureLogger();
    await withPool(SCRIPT, { logger }, (pool) => pool.execute('say', ['a\ud800b']));
    expect(messages('info')).toContain('a\\ud800b');
  });

  it('is raised with escapes, or as it is', async () => {
    await withPool(SCRIPT, {}, async (pool) => {
      const error = await rejection(pool.execute('fail', ['a\ud800b']));
      expect(error.code).toBe('ERR_PYTHON_EXCEPTION');
      expect(['a\ud800b', 'a\\ud800b']).toContain(error.pythonMessage);
      expect(await pool.execute('echo', ['next'])).toBe('next');
    });
  });

  it('is not a function name, and is an error', async () => {
    await withPool(SCRIPT, {}, async (pool) => {
      const error = await rejection(pool.execute('a\ud800b'));
      expect(error.code).toBe('ERR_FUNCTION_NOT_FOUND');
      expect(await pool.execute('echo', ['next'])).toBe('next');
    });
  });

  onUnix.it('in bytes on stdout is replaced', async () => {
    const script = path.join(tempFolder(), 'bytes.py');
    writeFileSync(script, 'import os\ndef call_api():\n    os.write(1, b"\\xff\\xfeok\\n")\n');
    const { logger, messages } = captureLogger();
    await withPool(script, { logger }, async (pool) => {
      await pool.execute('call_api');
      await eventually('the line', () => messages('info').includes('\ufffd\ufffdok'));
    });
  });
});

it('an encoding that Python does not know fails the start with the reason', async () => {
  const changes = { PYTHONIOENCODING: 'no-such-encoding' };
  const error = await rejection(withLocale(changes, {}, async () => {}));
  expect(error.code).toBe('ERR_PYTHON_LOAD');
  expect(error.stderrTail).toContain('no-such-encoding');
});

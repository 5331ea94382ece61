/** Records of the `logging` module. */

import { type CapturedLine, fixture, linesLogged, messagesOn, writeScript } from '../support';

const SCRIPT = fixture('prints_and_logs.py');

describe('records of logging', () => {
  const recordsOf = (lines: CapturedLine[]) => lines.filter(({ logger }) => logger);

  it('keep their level and the name of their logger', async () => {
    const lines = await linesLogged(SCRIPT, async (pool) => {
      await pool.execute('configure_logging');
      await pool.execute('log_all_levels');
    });
    const call = { id: 2, function: 'log_all_levels', tags: {} };
    const about = { worker: 0, call, logger: 'provider.openai' };
    expect(recordsOf(lines).slice(0, 6)).toMatchObject([
      { level: 'debug', message: 'a debug of logging', ...about },
      { level: 'info', message: 'a info of logging', ...about },
      { level: 'warn', message: 'a warning of logging', ...about },
      { level: 'error', message: 'a error of logging', ...about },
      { level: 'error', message: 'a critical of logging', ...about },
      { level: 'warn', message: 'of the root logger', ...about, logger: 'root' },
    ]);
    const [, , , , , , exception] = recordsOf(lines);
    expect(exception).toMatchObject({ level: 'error', ...about });
    expect(exception.message).toMatch(/^with traceback\nTraceback.*ValueError: the cause$/s);
    expect(messagesOn('stderr', lines)).toEqual(['imported too']);
  });

  it('have at most 200 characters of that name', async () => {
    const script = writeScript(
      'import logging\ndef log(name):\n    logging.getLogger(name).warning("hot")\n',
    );
    const lines = await linesLogged(script, (pool) => pool.execute('log', ['é'.repeat(1000)]));
    expect(recordsOf(lines)).toMatchObject([{ message: 'hot', logger: 'é'.repeat(200) }]);
  });

  it('of a script that configures nothing start at warning', async () => {
    const lines = await linesLogged(SCRIPT, (pool) => pool.execute('log_all_levels'));
    expect(recordsOf(lines).slice(0, 3)).toMatchObject([
      { level: 'warn', message: 'a warning of logging' },
      { level: 'error', message: 'a error of logging' },
      { level: 'error', message: 'a critical of logging' },
    ]);
  });

  it('have the format that the script chose', async () => {
    const lines = await linesLogged(SCRIPT, async (pool) => {
      await pool.execute('configure_logging_with_format');
      await pool.execute('log_all_levels');
    });
    expect(recordsOf(lines)).toContainEqual(
      expect.objectContaining({ level: 'info', message: '<INFO> a info of logging' }),
    );
  });

  it('for a stream of the script are not logged', async () => {
    const lines = await linesLogged(SCRIPT, async (pool) => {
      expect(await pool.execute('log_to_own_stream')).toBe('kept\n');
    });
    expect(lines.map(({ message }) => message)).not.toContain('kept');
  });

  it('that cannot be formatted are reported as Python does', async () => {
    const lines = await linesLogged(SCRIPT, async (pool) => {
      await pool.execute('log_badly');
      expect(await pool.execute('echo', [1])).toBe(1);
    });
    expect(messagesOn('stderr', lines).join('\n')).toContain('--- Logging error ---');
  });

  it('of many threads arrive whole, each thread in order', async () => {
    const lines = await linesLogged(SCRIPT, (pool) => pool.execute('log_from_threads', [8, 100]));
    for (let thread = 0; thread < 8; thread++) {
      const own = recordsOf(lines)
        .map(({ message }) => message)
        .filter((message) => message.startsWith(`thread ${thread} `));
      expect(own).toEqual(
        Array.from({ length: 100 }, (_, line) => `thread ${thread} line ${line}`),
      );
    }
  });
});

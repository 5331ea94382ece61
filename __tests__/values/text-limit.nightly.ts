/** Texts that are longer than a string can be in JavaScript. */

import { captureLogger, eventually, rejection, withPool, writeScript } from '../support';

const SCRIPT = `
import logging, sys

logging.basicConfig(stream=sys.stderr)

def text(size):
    return "x" * size

def nested(size):
    return [["x" * size]]

def fail(size):
    raise ValueError("x" * size)

def log(size):
    logging.warning("x" * size)
`;
const TOO_LONG = 600e6;

it('are refused in a result, which says the limit of JavaScript', async () => {
  await withPool(writeScript(SCRIPT), { timeout: 300_000 }, async (pool) => {
    for (const name of ['text', 'nested']) {
      const error = await rejection(pool.execute(name, [TOO_LONG]));
      expect(error).toMatchObject({ code: 'ERR_PAYLOAD_TOO_LARGE', limit: 536870888 });
      expect(error.message).toContain('a string in JavaScript');
      expect(error.message).not.toContain('raise');
    }
    const error = await rejection(pool.execute('text', [2 * TOO_LONG]));
    expect(error).toMatchObject({ code: 'ERR_PAYLOAD_TOO_LARGE', limit: 2 ** 30 });
    expect(error.message).toContain('536870888 characters');
  });
}, 600_000);

it('are cut in an exception and in a log line', async () => {
  const { logger, lines } = captureLogger();
  await withPool(writeScript(SCRIPT), { timeout: 300_000, logger }, async (pool) => {
    // Python sends texts of this length whole; with the message that is made of them, they are too long.
    const error = await rejection(pool.execute('fail', [60e6]));
    expect(error).toMatchObject({ code: 'ERR_PYTHON_EXCEPTION', pythonType: 'ValueError' });
    await pool.execute('log', [TOO_LONG]);
    const line = () => lines.find(({ message }) => message.startsWith('xxx'))?.message;
    await eventually('the line', () => line() !== undefined);
    expect(line()).toMatch(/^x+ \[\.\.\. \d+ bytes cut\]$/);
    expect(line()?.length).toBeLessThan(2 ** 25);
  });
}, 600_000);

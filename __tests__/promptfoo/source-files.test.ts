/** The state of a file that workers may load: its version belongs to its stamp. */

import fs from 'node:fs';
import path from 'node:path';
import { SourceFile } from '../../ts/promptfoo/source-files';
import { afterTest, tempFolder } from '../support';

const LONG_AGO = new Date(0);

/** A file whose timestamps are old, so that its state is kept while they are the same. */
function newFile(): string {
  const file = path.join(tempFolder(), 'module.py');
  fs.writeFileSync(file, 'VALUE = 1');
  fs.utimesSync(file, LONG_AGO, LONG_AGO);
  return file;
}

/** Has the next read of a file be followed, or preceded, by a change. */
function changeAtRead(file: string, order: 'before' | 'after'): void {
  const read = fs.readFileSync;
  const change = () => {
    spy.mockRestore();
    fs.writeFileSync(file, 'VALUE = 22');
    fs.utimesSync(file, LONG_AGO, LONG_AGO);
  };
  const spy = jest.spyOn(fs, 'readFileSync').mockImplementation((...args) => {
    if (order === 'before') {
      change();
    }
    const content = read(...args);
    if (order === 'after') {
      change();
    }
    return content;
  });
  afterTest(() => spy.mockRestore());
}

it('a file has a stamp with its time and its size', () => {
  const file = newFile();
  expect(new SourceFile(file).state()).toMatchObject({ stamp: '0:9' });
});

it.each(['before', 'after'] as const)(
  'a file that changes just %s it is read has none, until it is read again',
  (order) => {
    const name = newFile();
    const file = new SourceFile(name);
    changeAtRead(name, order);
    expect(file.state()).toMatchObject({ stamp: undefined });
    const { stamp, version } = new SourceFile(name).state() ?? {};
    expect(stamp).toBe('0:10');
    expect(file.state()).toMatchObject({ stamp, version });
  },
);

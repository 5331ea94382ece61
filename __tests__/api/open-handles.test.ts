/** What a mere `require` opens: nothing that Jest's `--detectOpenHandles` would report. */

import { runHost } from '../support';

it('a mere require opens no handle', async () => {
  const { code, stdout, stderr } = await runHost('records-handles.cjs', null);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  expect(stdout).toBe('opened []\n');
});

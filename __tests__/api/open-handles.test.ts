/** Handles that stay open: none that Jest's `--detectOpenHandles` would report. */

import { fixture, runHost } from '../support';

it('a mere require opens no handle', async () => {
  const { code, stdout, stderr } = await runHost('records-handles.cjs', null);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  expect(stdout).toBe('opened []\n');
});

it('a pool has one handle, which says that it is open while something is pending', async () => {
  const script = fixture('waits_at_gate.py');
  const { code, stdout, stderr } = await runHost('asks-handles.cjs', script);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  // Made, starting, started, calling, called, shutting down, shut down.
  expect(stdout).toBe('held [false,true,false,true,false,true,false]\n');
});

interface Declarations {
  readonly it: jest.It;
  readonly describe: jest.Describe;
}

const where = (isSo: boolean): Declarations =>
  isSo ? { it, describe } : { it: it.skip, describe: describe.skip };

/**
 * Declares tests for all systems but Windows. It has no signals, process groups or `fork`, no shell
 * script can be an interpreter there, and a job object ends whatever a worker has started.
 */
export const onUnix = where(process.platform !== 'win32');

/** Declares tests for Linux, where files tell which processes, threads and descriptors there are. */
export const onLinux = where(process.platform === 'linux');

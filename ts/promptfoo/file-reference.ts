// References to files.

/** The path in `file://checks.py`, or a path itself. On Windows, `file:///C:/checks.py` has a slash before the drive. */
export function withoutScheme(reference: string): string {
  const path = reference.replace(/^file:\/\//, '');
  return process.platform === 'win32' ? path.replace(/^\/(?=[A-Za-z]:[\\/])/, '') : path;
}

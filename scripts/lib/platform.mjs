// The name of this platform, as in the names of the native module and its package.

export function platformName() {
  const { platform, arch } = process;
  if (platform === 'linux') return `linux-${arch}-${isGlibc() ? 'gnu' : 'musl'}`;
  if (platform === 'win32') return `win32-${arch}-msvc`;
  return `${platform}-${arch}`;
}

function isGlibc() {
  return Boolean(process.report.getReport().header.glibcVersionRuntime);
}

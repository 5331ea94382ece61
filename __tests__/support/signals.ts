/** A signal that counts its listeners: none may be left behind. */
export function countedSignal() {
  const controller = new AbortController();
  const { signal } = controller;
  const counts = { added: 0, left: 0 };
  const [add, remove] = [signal.addEventListener, signal.removeEventListener];
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    counts.added += 1;
    counts.left += 1;
    return add.apply(signal, args);
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    counts.left -= 1;
    return remove.apply(signal, args);
  };
  return { controller, signal, counts };
}

// Measures the longest turn of an event loop. As a program of its own, it measures a loop with nothing to do, for as
// long as its parent wants: what the machine alone does to a process.

/** Returns a function that stops, and returns the longest turn in milliseconds, waits for events excluded. */
function watch() {
  let longest = 0;
  const look = () => {
    const { idle } = performance.eventLoopUtilization();
    const now = performance.now();
    longest = Math.max(longest, now - last - (idle - lastIdle));
    last = now;
    lastIdle = idle;
  };
  let last = performance.now();
  let lastIdle = performance.eventLoopUtilization().idle;
  const timer = setInterval(look, 1);
  return () => {
    look();
    clearInterval(timer);
    return longest;
  };
}

module.exports = watch;

if (require.main === module) {
  const finish = watch();
  process.once('message', () => process.send({ longest: finish() }, () => process.disconnect()));
  process.send('ready');
}

// What the operating system says of processes.
const fs = require('node:fs');

/** Whether there is such a process; a zombie counts. */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** The children of this process, zombies included; on Linux only. */
function ownChildren() {
  return (fs.existsSync('/proc') ? fs.readdirSync('/proc') : [])
    .filter((name) => /^\d+$/.test(name))
    .map((name) => stat(Number(name)))
    .filter((child) => child?.parent === process.pid);
}

/** State and parent of a process, from `/proc/<pid>/stat`: `pid (name) state ppid ...`. */
function stat(pid) {
  try {
    const text = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [state, parent] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { pid, state, parent: Number(parent) };
  } catch {
    return undefined; // It has just ended.
  }
}

module.exports = { isAlive, ownChildren };

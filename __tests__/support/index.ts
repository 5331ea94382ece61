/** Everything a test file needs: `import { fixture, withPool } from '../support'`. */

export { afterTest } from './cleanup';
export { type RunningCli, runCli, runCliInTerminal, startCli } from './cli';
export { collector, type Span, serve } from './collector';
export { withEnvironment } from './environment';
export { fixture, linesOf, tempFolder, writeScript } from './files';
export { isBoundedWhileBlocked } from './flood';
export { type Gate, gate } from './gate';
export { type Host, processesOf, runHost, startHost } from './hosts';
export { leavesNothing, withUnharmedPool } from './leftovers';
export { type CapturedLine, captureLogger } from './logs';
export { withModule } from './modules';
export { inShell, type NodeOutcome, runNode } from './node';
export { installOpenTelemetry } from './opentelemetry';
export { copyOfPackage, ROOT } from './package';
export { interpreter, newPool, newWorker, shutdownAtEnd, withPool } from './pools';
export { allGone, childrenOf, isAlive, killAfterTest, stateOf } from './processes';
export { newProvider, promptfooProgram } from './providers';
export { pyenvPython, realPython, running, runningAs, writeProgram } from './pythons';
export { rejection, thrown, withStack } from './rejections';
export { Samples } from './samples';
export { eventually } from './waiting';

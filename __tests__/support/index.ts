/** Everything a test file needs: `import { fixture, withPool } from '../support'`. */

export { batchOf, outcomesOf, valuesOf, whileBusy, withFullBatches } from './batches';
export { type CallMessage, subscribed, type WorkerMessage } from './channels';
export { afterTest } from './cleanup';
export { interruptImport, runCli, runCliInTerminal, runShell, startCli, startShell } from './cli';
export { cliGate, type MapRecord, recordsOf } from './cli-gate';
export { collector, type Span, serve } from './collector';
export { withEnvironment } from './environment';
export { FakeNative } from './fake-native';
export { fixture, linesOf, tempFolder, writeScript } from './files';
export { isBoundedWhileBlocked } from './flood';
export { gate } from './gate';
export { allGoneSoon, type Host, processesOf, runHost, startHost } from './hosts';
export { importsOf, RECORDS_IMPORTS } from './imports';
export { leavesNoTrace } from './leaks';
export { leavesNothing, withUnharmedPool, withUnharmedWorker } from './leftovers';
export { workersWith } from './libraries';
export { type CapturedLine, captureLogger, linesLogged, messagesOn } from './logs';
export { withModule } from './modules';
export { inShell, runNode } from './node';
export { installOpenTelemetry } from './opentelemetry';
export { copyOfPackage, projectFolder, ROOT } from './package';
export { onLinux, onUnix } from './platforms';
export {
  interpreter,
  newPool,
  newWorker,
  sharedPool,
  shutdownAtEnd,
  startingPool,
  withPool,
} from './pools';
export {
  allGone,
  childrenOf,
  isAlive,
  killAfterTest,
  pidFile,
  pidsIn,
  stateOf,
} from './processes';
export { startProgram } from './programs';
export {
  ECHO_PROVIDER,
  type EchoResponse,
  evaluationProgram,
  newProvider,
  PERSISTENT_PROVIDER,
  promptfooProgram,
  type TestConfig,
} from './providers';
export { pyenvPython, running, runningAs, writeProgram } from './pythons';
export { callError, rejection, thrown, withStack } from './rejections';
export { Samples } from './samples';
export { countedSignal } from './signals';
export { countUp, drained, type Uses, watched, watchedLater } from './sources';
export { newVenv } from './venvs';
export { eventually } from './waiting';

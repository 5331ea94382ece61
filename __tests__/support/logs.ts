import type { LogContext, Logger, PythonWorkerPool } from '../..';
import { withPool } from './pools';

export interface CapturedLine extends LogContext {
  level: 'debug' | 'info' | 'warn' | 'error';
  message: string;
}

/** A logger that keeps its lines, in order. */
export function captureLogger(): {
  logger: Required<Logger>;
  lines: CapturedLine[];
  /** Messages of one level, or of all. */
  messages(level?: CapturedLine['level']): string[];
} {
  const lines: CapturedLine[] = [];
  const keep =
    (level: CapturedLine['level']) =>
    (message: string, context: LogContext): void => {
      lines.push({ level, message, ...context });
    };
  return {
    logger: { debug: keep('debug'), info: keep('info'), warn: keep('warn'), error: keep('error') },
    lines,
    messages: (level) =>
      lines.filter((line) => !level || line.level === level).map(({ message }) => message),
  };
}

/** Runs `body` with a pool, and returns the lines that were logged until its shutdown was over. */
export async function linesLogged(
  script: string,
  body: (pool: PythonWorkerPool) => Promise<unknown>,
): Promise<CapturedLine[]> {
  const { logger, lines } = captureLogger();
  await withPool(script, { logger }, body);
  return lines;
}

/** The lines that were printed on one stream. */
export function messagesOn(stream: LogContext['stream'], lines: CapturedLine[]): string[] {
  return lines.filter((line) => line.stream === stream).map(({ message }) => message);
}

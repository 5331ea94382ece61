import type { LogContext, Logger } from '../..';

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

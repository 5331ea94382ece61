const decoder = new TextDecoder('utf-8', { fatal: true });

/** The text of UTF-8 bytes, without a byte order mark. Throws for other bytes. */
export function decodeUtf8(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** What bytes are that are not UTF-8. */
export function encodingOf(bytes: Uint8Array): string {
  return isUtf16(bytes) ? 'UTF-16, not UTF-8: save it as UTF-8' : 'not UTF-8';
}

/** Whether they begin with the byte order mark of UTF-16, as what PowerShell writes does. */
export function isUtf16([first, second]: Uint8Array): boolean {
  return (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
}

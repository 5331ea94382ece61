// Calls while a signal ends the host.

import { providerRegistry } from './registry.js';

/**
 * The outcome of the call; but none while a signal ends the host: the workers are being shut down, so that the
 * failure of this call would be reported, and the next call would start new workers.
 */
export async function unlessHostEnds<T>(call: () => Promise<T>): Promise<T> {
  if (!providerRegistry.isHostEnding) {
    try {
      return await call();
    } catch (error) {
      if (!providerRegistry.isHostEnding) {
        throw error;
      }
    }
  }
  return new Promise(() => {}); // the process ends
}
